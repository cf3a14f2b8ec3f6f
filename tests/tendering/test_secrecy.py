"""Before the closing nothing tells that, when, or by whom a bid is made."""

from shared.http import SealedRoute
from tests.architecture.test_routes import application
from tests.shared.test_road_health import counted
from tests.support.world import World
from tests.tendering.examples import a_noticed_procurement
from tests.tendering.rounds import a_bid, a_provider


async def test_what_a_bidder_does_is_in_no_metric(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    before = counted()

    receipt = (await provider.submits(purchase, a_bid())).ok()
    (await provider.person.get("tendering", f"{purchase.path}/bids")).ok()
    (await provider.person.get("tendering", f"{purchase.path}/files")).ok()
    (await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).ok()
    (await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).problem(409)
    (await provider.hands_in(purchase, receipt["id"])).problem(404)

    assert counted() == before


def test_every_route_on_a_bidders_way_is_sealed() -> None:
    """A new route of these matters has to be put here, or said to be none of a bidder's."""
    sealed = {
        (method, route.path)
        for route in application("tendering").routes
        if isinstance(route, SealedRoute)
        for method in route.methods
    }
    procurement = "/v1/procurements/{procurement_id}"

    assert sealed == {
        *(("POST", f"{procurement}{end}") for end in ("/envelopes", "/seal", "/bids")),
        *(("GET", f"{procurement}{end}") for end in ("/bids", "/files", "/opening-key")),
        *(("GET", f"/v1/{one}") for one in ("bids/{bid_id}", "files/{file_id}")),
        ("POST", "/v1/bids/{bid_id}/withdraw"),
    }
