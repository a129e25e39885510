"""Fixtures of the faults: the running application, and the road to it (tests/support/proxy.py) that each test breaks.

road      the proxy between every page of the test and the site; free of rules at the start of each test
"""

import pytest

from tests.support.proxy import Proxy


@pytest.fixture(scope="session")
def way(site):
    made = Proxy(site.port)
    yield made
    made.stop()


@pytest.fixture
def road(way):
    yield way
    way.clear()
    way.up()
    way.log.clear()


@pytest.fixture
def base_url(road):
    return road.url
