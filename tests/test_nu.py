"""The Nu checker tells a wrong page from a sound one, and is never silently absent."""

import pytest

from tests.support import nu as module

SOUND = '<!doctype html><html lang="fr"><head><title>Page</title></head><body><h1>Page</h1></body></html>'


@pytest.mark.long
def test_it_tells_wrong_from_sound(nu_checker):
    assert list(nu_checker.problems(SOUND)) == []
    (found,) = nu_checker.problems(SOUND.replace("<h1>", "<h1 nonsense>"))
    assert "nonsense" in found


def test_without_its_jar_it_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "CACHE", tmp_path)
    with pytest.raises(RuntimeError, match=r"\./test --long"):
        module.NuChecker()
