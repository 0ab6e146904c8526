"""Submits several plans at once and watches all of them: python watch_async.py a.yaml b.yaml"""

import asyncio
import sys

import holdfast


async def follow(client: holdfast.AsyncClient, plan: str) -> None:
    run = await client.submit(plan)
    async for event in client.watch(run):
        if isinstance(event, holdfast.StepApplied) and event.step % 100 == 0:
            print(f"{plan}: step {event.step + 1} of {event.total_steps}, objective {event.objective:.3f}")
        if isinstance(event, holdfast.Ended):
            print(f"{plan}: {event.run.state}, {event.run.outcome}")


async def main() -> None:
    async with holdfast.AsyncClient() as client:
        await asyncio.gather(*(follow(client, plan) for plan in sys.argv[1:]))


asyncio.run(main())
