"""Lists runs as a table, and the steps of the newest one: python runs.py"""

import holdfast

with holdfast.Client() as client:
    runs = list(client.runs())
    if runs:
        print(holdfast.to_frame(runs)[["id", "state", "outcome", "step", "create_time"]])
        steps = holdfast.to_frame(client.steps(runs[0]))
        if len(steps):
            print(steps[["objective", "penalty", "learning_rate"]].describe())
