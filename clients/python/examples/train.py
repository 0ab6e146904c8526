"""Trains by a plan and says how it ended: python train.py plan.yaml"""

import sys

import holdfast

with holdfast.Client() as client:
    submitted = client.submit(sys.argv[1], labels={"team": "vision"})
    run = client.wait(submitted, progress=True)
    if run.failure:
        sys.exit(str(run.failure))
    if run.state is not holdfast.RunState.COMPLETED:
        sys.exit(f"stopped after step {run.step}: client.resume({run.uri!r}) goes on")
    verdict = client.verdict(run)
    print(verdict.outcome, verdict.reason)
    for task in verdict.content["protected"]:
        print(f"{task['task']:24} {task['accuracyChange']:+.1%}  {task['verdict']}")
    with open("report.html", "wb") as file:
        file.writelines(client.read_artifact(run, "report.html"))
sys.exit(0 if run.released else 2)
