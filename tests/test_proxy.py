"""The proxy of the fault tests does what it says, told by a server that counts what arrived."""

import http.client
import http.server
import threading

import pytest

from tests.support.proxy import Answer, Delay, DropAfter, DropBefore, Hold, Pass, Proxy, Truncate

OP = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Counting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.arrived.append((self.path, body))
        said = f"{len(self.server.arrived)} {body.decode()}".encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Mark", "yes")
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, *_args):
        pass


@pytest.fixture
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    made.arrived = []
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def proxy(server):
    made = Proxy(server.server_port)
    yield made
    made.stop()


def ask(proxy, path="/a?b=1", body="op_id=" + OP, method="POST", connection=None):
    """(status, text)."""
    one = connection or http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    try:
        one.request(method, path, body)
        answer = one.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("X-Mark")
    finally:
        if connection is None:
            one.close()


BROKEN = (ConnectionError, http.client.HTTPException)


def test_without_a_rule_everything_passes_on_one_connection(server, proxy):
    one = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    for n in (1, 2):
        assert ask(proxy, connection=one) == (201, f"{n} op_id={OP}", "yes")
    assert server.arrived == [("/a?b=1", b"op_id=" + OP.encode())] * 2
    proxy.wait_for("POST", "/a", count=2, fate="passed")
    assert [(e.method, e.path, e.status, e.op_id, e.fate) for e in proxy.log] == [
        ("POST", "/a", 201, OP, "passed")
    ] * 2
    one.close()


@pytest.mark.parametrize(("action", "arrived"), [(DropBefore(), 0), (DropAfter(), 1), (Truncate(3), 1)])
def test_what_is_lost_is_lost_before_or_after_it_arrived(server, proxy, action, arrived):
    proxy.rule("POST", "/a", action)
    with pytest.raises(BROKEN):
        ask(proxy)
    assert len(server.arrived) == arrived
    assert ask(proxy)[0] == 201  # once
    assert len(server.arrived) == arrived + 1


def test_a_rule_counts_and_fits_its_method_and_path(server, proxy):
    proxy.rule("POST", "/x/*", Answer(503, b"no", {"Retry-After": "7"}), nth=2, times=2)
    said = [ask(proxy, "/x/1")[0] for _ in range(4)]
    assert said == [201, 503, 503, 201]
    assert ask(proxy, "/y")[0] == 201
    assert len(server.arrived) == 3
    proxy.rule("POST", "/x/*", Answer(418), times=None)
    assert [ask(proxy, "/x/1")[0] for _ in range(3)] == [418] * 3
    proxy.rule("POST", "/x/1", Pass())  # the latest rule decides
    assert ask(proxy, "/x/1")[0] == 201
    proxy.clear()
    assert ask(proxy, "/x/1")[0] == 201


@pytest.mark.parametrize("before", [True, False])
def test_what_is_held_waits_until_it_is_let_go(server, proxy, before):
    held = Hold(before=before)
    proxy.rule("POST", "/a", held)
    answers = []
    one = threading.Thread(target=lambda: answers.append(ask(proxy)[0]))
    one.start()
    if before:
        proxy.wait_for("POST", "/a")
        assert server.arrived == []
    else:
        proxy.wait_for("POST", "/a", status=201)
        assert len(server.arrived) == 1
    assert answers == []
    held.release()
    proxy.wait_for("POST", "/a", fate="passed")
    one.join(10)
    assert answers == [201]
    lost = Hold(before=before)
    lost.drop()
    proxy.rule("POST", "/a", lost)
    with pytest.raises(BROKEN):
        ask(proxy)


def test_no_way_at_all_and_again(server, proxy):
    port = proxy.port
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    ask(proxy, connection=one)
    proxy.down()
    with pytest.raises(ConnectionRefusedError):
        ask(proxy)
    with pytest.raises(BROKEN):
        ask(proxy, connection=one)
    one.close()
    proxy.up()
    assert proxy.port == port
    assert ask(proxy)[0] == 201


def test_a_server_that_is_gone_breaks_the_connection(proxy):
    proxy.target = 1
    with pytest.raises(BROKEN):
        ask(proxy)
    proxy.wait_for("POST", "/a", fate="no server")


def test_an_answer_that_comes_late_comes(proxy):
    proxy.rule("*", "*", Delay(0.01))
    assert ask(proxy, method="GET", body=None)[0] == 201


def test_waiting_in_vain_says_what_came(proxy):
    ask(proxy)
    proxy.wait_for("POST", "/a", fate="passed")
    with pytest.raises(AssertionError, match="POST /a 201 passed"):
        proxy.wait_for("PUT", "/a", seconds=0.05)


def test_the_name_of_an_operation_is_read_from_a_multipart_form_too(proxy):
    body = f'--x\r\nContent-Disposition: form-data; name="op_id"\r\n\r\n{OP}\r\n--x--\r\n'
    ask(proxy, body=body)
    assert proxy.log[-1].op_id == OP
