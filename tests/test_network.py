"""The test run's own network rule: what leaves this machine fails, what stays passes."""

import socket

import pytest

from tests.support.network import OutsideNetwork, is_here


def test_a_name_elsewhere_is_not_looked_up():
    with pytest.raises(OutsideNetwork, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]
)
def test_another_machine_is_not_reached(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as connection, pytest.raises(OutsideNetwork):
        connection.connect((address, 9))
    with socket.socket(family, socket.SOCK_DGRAM) as datagram, pytest.raises(OutsideNetwork):
        datagram.sendto(b"x", (address, 9))


def test_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", b"localhost", None, "", "0.0.0.0"]
)
def test_here(host):
    assert is_here(host)


def test_the_name_of_this_machine_is_here():
    assert is_here(socket.gethostname())


@pytest.mark.parametrize(
    "host", ["example.org", "localhost.example.org", "10.0.0.1", "192.168.1.1", "1.1.1.1"]
)
def test_elsewhere(host):
    assert not is_here(host)
