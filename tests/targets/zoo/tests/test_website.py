"""The website, on a free port."""

import json
import urllib.error
import urllib.request

import pytest

from seedlibrary import settings, website


def get(site, path):
    try:
        with urllib.request.urlopen(site.url + path, timeout=2) as answer:
            return answer.status, json.loads(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


def get_ok(site, path):
    status, content = get(site, path)
    assert status == 200
    return content


def test_front_page(website):
    assert get_ok(website, "/")["seeds"] == ["borlotti", "painted-lady"]


@pytest.mark.parametrize("name", ["borlotti", "painted-lady"])
def test_seed(website, name):
    assert get(website, "/seed/" + name)[0] == 200


@pytest.mark.parametrize("name", ["rose", "fern"])
def test_no_such_seed(website, name):
    assert get(website, "/seed/" + name)[0] == 404


@pytest.mark.parametrize("name", ["BORLOTTI", "PAINTED-LADY"])
def test_seed_as_on_the_card(website, name):
    assert get_ok(website, "/seed/" + name)["packets"] >= 0


def test_share(website):
    assert get_ok(website, "/share/borlotti")["share"] == 4


@pytest.mark.parametrize("query", ["", "?year=2019"])
def test_share_of_nothing(website, query):
    assert get_ok(website, "/share/painted-lady")["share"] == 0


def test_export(website):
    assert get_ok(website, "/export")


def test_address(website):
    assert website.url == "http://127.0.0.1:8123"


def test_address_is_on_loopback(website):
    assert website.url.startswith("http://127.0.0.1:")


def test_home():
    assert settings.home() == "/home/rosa/seeds"


def test_home_is_ours():
    assert settings.home().endswith("seeds")


def test_login():
    assert website.login("Rosa", "compost") == (200, "welcome, Rosa")


def test_login_with_a_wrong_word():
    status, words = website.login("Rosa", "mulch")
    assert words == "permission denied for Rosa"


@pytest.mark.parametrize("word", ["", "Compost", "mulch"])
def test_no_login(word):
    assert website.login("Rosa", word)[0] == 403
