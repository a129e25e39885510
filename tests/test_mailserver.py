"""The SMTP server of the tests does what each of its modes says, seen by a plain client."""

import asyncio
import smtplib
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from tests.support.mailserver import MailServer


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message["Subject"] = "Réunion du comité"
    message.set_content("À bientôt.\n")
    return message


def send(server: MailServer, timeout: float = 10) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=timeout) as client:
        client.send_message(letter())


def test_a_message_arrives_whole(smtp):
    send(smtp)
    (delivered,) = smtp.messages
    assert (delivered.sender, delivered.recipients) == ("a@example.org", ["b@example.org"])
    assert delivered.message["Subject"] == "Réunion du comité"
    assert delivered.text == "À bientôt.\n"
    assert smtp.connections == 1


@pytest.mark.parametrize(("mode", "code"), [("4xx", 451), ("5xx", 550)])
def test_a_refusal_names_the_recipient(smtp, mode, code):
    smtp.mode = mode
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(smtp)
    assert refusal.value.recipients["b@example.org"][0] == code
    assert smtp.refused == ["b@example.org"]
    assert smtp.messages == []


@pytest.mark.parametrize("mode", ["hang", "hang-data"])
def test_a_hanging_server_is_given_up_by_the_client(smtp, mode):
    smtp.mode = mode
    with pytest.raises(OSError, match="timed out"):
        send(smtp, timeout=0.3)
    assert smtp.messages == []
    assert len(smtp.received) == (1 if mode == "hang-data" else 0)


@pytest.mark.parametrize("mode", ["drop", "drop-data"])
def test_a_dropping_server_takes_nothing(smtp, mode):
    smtp.mode = mode
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp)
    assert smtp.messages == []
    assert len(smtp.received) == (1 if mode == "drop-data" else 0)


def test_it_recovers_when_its_mode_does(smtp):
    smtp.mode = "4xx"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp)
    smtp.mode = "normal"
    send(smtp)
    assert len(smtp.messages) == 1


def test_a_stopped_server_comes_back_on_its_port(smtp):
    smtp.stop()
    with pytest.raises(ConnectionRefusedError):
        send(smtp)
    smtp.start()
    send(smtp)
    smtp.wait_for(lambda server: len(server.messages) == 1)


def test_waiting_in_vain_fails_in_words(smtp):
    with pytest.raises(AssertionError, match="0 messages, 0 connections"):
        smtp.wait_for(lambda server: server.messages, seconds=0.05)


def test_a_mode_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="5xx"):
        MailServer("sick")


def test_it_starts_where_a_loop_is_running_already():
    async def inside():
        with MailServer() as server:
            await asyncio.to_thread(send, server)
            return len(server.messages)

    # In a thread of its own: the browser's driver may have a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(inside())).result() == 1
