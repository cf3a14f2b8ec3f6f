"""What goes wrong in a purchase, on a real Kafka."""

from deploy.deployment import Deployment
from tests.journeys.conftest import OVERLAYS
from tests.support.journey import RunningServers
from tests.support.setbacks import EXPECTED, suffer
from tests.support.stories import told


async def test_failed_blocked_and_terminated_purchases_end_as_expected(servers: RunningServers) -> None:
    async with Deployment(servers, OVERLAYS) as deployment:
        outcome = await told(deployment, suffer)

    assert outcome == EXPECTED
