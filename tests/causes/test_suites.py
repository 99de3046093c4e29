"""Small suites, run by the command: each test's name ends with the cause that is proven for it, or with `unknown`."""

from __future__ import annotations

import re
import socket

import pytest

SHOP = """\
    import os, socket, subprocess, uuid
    from datetime import date

    class ConfigError(Exception): ...
    class StorageError(Exception): ...

    def connect(port={port}):
        return socket.create_connection(("127.0.0.1", port), timeout=2)

    def storage():
        try:
            return connect()
        except OSError:
            raise StorageError("storage is down")

    def storage_or_nothing():
        try:
            return connect()
        except OSError:
            return rest(None)

    def rest(answer):
        return answer.rows

    def token():
        value = os.environ.get("SHOP_TOKEN_OF_NOBODY")
        if not value:
            raise ConfigError("SHOP_TOKEN_OF_NOBODY is not set")

    def region():
        try:
            return os.environ["SHOP_REGION_OF_NOBODY"]
        except KeyError:
            return int("default")

    def size(options):
        if "MAX_SIZE" not in options:
            raise ValueError("MAX_SIZE is not set")

    def pay():
        raise ConnectionError("payment declined")

    def order():
        return {{"id": 58, "uid": str(uuid.uuid4()), "day": date.today().isoformat()}}

    def notify(sender, name):
        sender.send(name.lower())

    async def fetch(key):
        return {{"status": key}}
"""
ENVIRONMENT = """\
    import os, socket, subprocess, urllib.request
    from pathlib import Path
    from unittest import mock
    import pytest
    import shop

    @pytest.fixture(scope="module")
    def db():
        return shop.connect()

    def test_socket__environment(): shop.connect()
    def test_set_up__environment(db): pass
    def test_set_up_again__environment(db): pass
    def test_url__environment(): urllib.request.urlopen("http://127.0.0.1:{port}/")
    def test_wrapped__environment(): shop.storage()
    def test_said__environment():
        try:
            shop.connect()
        except OSError as error:
            pytest.fail(f"no storage: {{error}}")
    def test_variable__environment(): os.environ["SHOP_URL_OF_NOBODY"]
    def test_own_words__environment(): shop.token()
    def test_package__environment(): import package_of_nobody
    def test_patched__environment():
        with mock.patch("package_of_nobody.client"): pass
    def test_program__environment(): subprocess.run(["program-of-nobody"])
    def test_file__environment(): open("/etc/shop-of-nobody/config.yml")
    def test_data__environment(): (Path(__file__).parent / "data" / "big.bin").read_bytes()

    def test_mistake_after__unknown(): shop.storage_or_nothing()
    def test_default__unknown(): shop.region()
    def test_dictionary__unknown(): {{}}["SHOP_URL_OF_NOBODY"]
    def test_option__unknown(): shop.size({{}})
    def test_pay__unknown(): shop.pay()
    def test_result__unknown(tmp_path): open(tmp_path / "out.csv")
    def test_words__unknown(): assert "ok" == "[Errno 111] Connection refused"
    def test_not_raised__unknown():
        with pytest.raises(ConnectionRefusedError): pass
    def test_double__unknown(): mock.Mock(side_effect=ConnectionRefusedError(111, "Connection refused"))()
    def test_stub__unknown():
        def write(): raise OSError(28, "No space left on device")
        write()
    def test_taken_away__unknown(monkeypatch):
        monkeypatch.delenv("API_KEY", raising=False)
        os.environ["API_KEY"]
    def test_own_server__unknown():
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port))
    def test_own_module__unknown(): import shop.nothing
"""
OTHERS = """\
    import asyncio, datetime, unittest
    from unittest import mock
    import pytest
    import shop

    UID = "2f1d7f0e-6a8b-4c3d-9e2f-1a2b3c4d5e6f"

    @pytest.fixture
    def broken(): raise ValueError("boom")
    @pytest.fixture
    def leaving():
        yield
        raise RuntimeError("still open")

    def test_broken__fixture(broken): pass
    def test_leaving__fixture(leaving): pass
    def test_not_found__fixture(brokn): pass
    def test_asked_for__fixture(request): request.getfixturevalue("broken")
    class TestMethods:
        def setup_method(self): {}["x"]
        def test_a__fixture(self): pass
    class Case(unittest.TestCase):
        def setUp(self): raise ValueError("no")
        def test_a__fixture(self): pass

    def test_item__missing_await():
        answer = shop.fetch(1)
        assert answer["status"] == 1
    def test_compared__missing_await(): assert shop.fetch(1) == {"status": 1}
    def test_warned__missing_await():
        kept = []
        async def save(x): kept.append(x)
        async def go():
            save(1)
            assert kept == [1]
        asyncio.run(go())
    def test_opposite__unknown():
        async def go(): await {}
        asyncio.run(go())

    def test_called__over_mocked():
        sender = mock.Mock()
        shop.notify(sender, "Bob")
        sender.send.assert_called_once_with("Bob")
    def test_counted__over_mocked():
        sender = mock.Mock()
        shop.notify(sender, "Bob")
        assert sender.send.call_count == 2
    def test_leaked__over_mocked(): assert mock.MagicMock().total() == 42
    def test_operand__over_mocked(): mock.Mock().total() + 1
    def test_argument__unknown():
        def total(cart): return 3
        assert total(mock.MagicMock()) == 4
    def test_side_effect__unknown(): mock.Mock(side_effect=ValueError("no order"))()

    def test_uid__hard_coded_data(): assert shop.order()["uid"] == UID
    def test_id__hard_coded_data(): assert shop.order()["id"] == 57
    def test_day__hard_coded_data(): assert shop.order()["day"] == "2024-03-02"
    def test_number__unknown(): assert len("a" * 58) == 57
    def test_put_in__unknown():
        def load(key): return {"id": key + 1}
        found = load(57)
        assert found["id"] == 57
    def test_computed__unknown():
        assert datetime.date(2024, 1, 31) + datetime.timedelta(31) == datetime.date(2024, 2, 29)

    @pytest.mark.xfail(strict=True, reason="bug 3")
    def test_strict__unexpected_pass(): pass
    def test_plain__unknown(): assert 1 == 2
"""


@pytest.fixture(scope="module")
def free_port() -> int:
    """A port below the ephemeral ones at which nothing listens."""
    for port in range(20_011, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


@pytest.fixture(scope="module")
def audit(module_project, scan, free_port):
    root = module_project(
        {
            "shop.py": SHOP.format(port=free_port),
            "tests/test_environment.py": ENVIRONMENT.format(port=free_port),
            "tests/test_others.py": OTHERS,
            "tests/test_one__collection.py": "import package_of_nobody\n",
            "tests/test_two__collection.py": "import package_of_nobody\n",
            "tests/test_three__collection.py": "from shop import gone\n",
            "tests/test_four__collection.py": "def test_a(:\n    pass\n",
            "tests/test_five__collection.py": "import shop\n\nshop.token()\n",
        }
    )
    return scan(root, "--reruns", "0").audit


def causes(audit) -> dict[str, str]:
    return {node_id: failure["cause"] for failure in audit["failures"] for node_id in failure["node_ids"]}


def test_each_failure_has_the_cause_that_is_proven_for_it(audit):
    found = causes(audit)

    wanted = {node_id: re.search(r"__([a-z_]+)(?:\.py)?$", node_id)[1].replace("_", "-") for node_id in found}
    assert len(found) > 50
    assert found == wanted


def test_a_service_a_package_and_a_fixture_are_one_failure_each(audit, free_port):
    sizes = {failure["signature"]: len(failure["node_ids"]) for failure in audit["failures"]}

    assert sizes[f"environment: a service at localhost:{free_port}"] == 6
    assert sizes["collection: package package_of_nobody"] == 2
    assert sizes["environment: package package_of_nobody"] == 2
    assert sizes["fixture: fixture broken of tests/test_others.py, set-up, ValueError"] == 2


def test_a_module_that_does_not_import_says_what_was_raised_and_where(audit):
    said = {
        failure["node_ids"][0].partition("_")[2].partition("__")[0]: (
            failure["message"],
            failure["evidence"][0]["text"],
        )
        for failure in audit["failures"]
        if failure["cause"] == "collection"
    }

    missing = "ModuleNotFoundError: No module named 'package_of_nobody'"
    assert said["one"] == (missing, f"{missing}, raised when tests/test_one__collection.py was imported, at line 1")
    assert said["three"][0].startswith("ImportError: cannot import name 'gone' from 'shop'")
    assert said["four"][0].startswith("SyntaxError: ")
    assert said["five"][0] == "shop.ConfigError: SHOP_TOKEN_OF_NOBODY is not set"
    assert re.search(r"raised at shop\.py:\d+ when tests/test_five__collection\.py was imported", said["five"][1])


def test_every_cause_but_unknown_says_why_and_what_to_do(audit):
    known = [failure for failure in audit["failures"] if failure["cause"] != "unknown"]

    assert [failure["id"] for failure in known if not failure["evidence"] or not failure["advice"]] == []


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("test_variable__environment", "`SHOP_URL_OF_NOBODY`"),
        ("test_not_found__fixture", "Ask for `broken`"),
        ("test_leaving__fixture", "teardown"),
        ("test_item__missing_await", "`fetch(...)` at tests/test_others.py:"),
        ("test_warned__missing_await", "`save(...)`"),
        ("test_leaked__over_mocked", "`mock.total()`"),
        ("test_uid__hard_coded_data", "2f1d7f0e-6a8b-4c3d-9e2f-1a2b3c4d5e6f` at tests/test_others.py:6"),
    ],
)
def test_the_advice_names_the_thing(audit, test, said):
    (failure,) = [one for one in audit["failures"] if any(test in node_id for node_id in one["node_ids"])]

    assert said in "\n".join([failure["advice"], *(item["text"] for item in failure["evidence"])])


FOREIGN = """\
    <testsuites><testsuite name="all" tests="6" failures="6">
    <testcase classname="ShopTest" name="a"><failure type="java.net.ConnectException" message="Connection refused">at java.base/sun.nio.ch.Net.pollConnect(Native)</failure></testcase>
    <testcase classname="shop" name="b"><failure type="Error" message="connect ECONNREFUSED 127.0.0.1:5432">Error: connect ECONNREFUSED 127.0.0.1:5432</failure></testcase>
    <testcase classname="shop" name="c"><failure message="Failed">    db_test.go:12: dial tcp 127.0.0.1:6379: connect: connection refused</failure></testcase>
    <testcase classname="shop" name="d"><failure type="Error" message="getaddrinfo ENOTFOUND registry.npmjs.org"/></testcase>
    <testcase classname="ShopTest" name="e"><failure type="org.opentest4j.AssertionFailedError" message="expected: &lt;1&gt; but was: &lt;2&gt;"/></testcase>
    <testcase classname="shop" name="f"><failure message="Failed">    a_test.go:3: got "connect: connection refused", want ""</failure></testcase>
    </testsuite></testsuites>
"""


def test_results_of_other_runners_are_explained_without_source(project, testaudit):
    root = project({"results.xml": FOREIGN})

    ended = testaudit("scan", "--junit", "results.xml", "--output", "json", cwd=root)

    ended.assert_no_traceback()
    found = {test["node_id"].rpartition(":")[2]: test["failure"] for test in ended.audit["tests"]}
    cause = {failure["id"]: failure["cause"] for failure in ended.audit["failures"]}
    assert {name: cause[failure] for name, failure in found.items()} == {
        "a": "environment",
        "b": "environment",
        "c": "environment",
        "d": "environment",
        "e": "unknown",
        "f": "unknown",
    }
