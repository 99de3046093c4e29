"""Pull requests that meet a flaky test: noise does not block, and new noise is not let in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.history.repository import BASELINE
from tests.history.shop import COURIER, FLAKY
from tests.history.test_failures import EMPTY, break_stock

SOON = f"{date.today() + timedelta(days=30):%Y-%m-%d}"


@pytest.fixture
def courier(tmp_path):
    """The courier's log: where it is kept, the courier fails at every second call."""
    return {"COURIER_LOG": str(tmp_path / "courier.log")}


def known_as_flaky(shop, courier):
    def write(shop):
        written = shop.write_baseline("--issue", "SHOP-8", "--lower", "--why", "SHOP-8", reruns=2, env=courier)
        assert written.code == 0, str(written)
        assert FLAKY in shop.text(BASELINE)

    shop.merged_before(write)
    (shop.root.parent / "courier.log").unlink()


def touch_the_test(shop):
    shop.append(COURIER, "# The courier is somebody else's.")
    shop.commit()


def test_a_flaky_failure_in_what_nobody_touched_is_reported_and_does_not_block(pull_request, courier):
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()

    verdict = pull_request.scan(reruns=2, env=courier)

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert verdict.comparison["other_flaky"] == [FLAKY]
    assert FLAKY.casefold() in verdict.words
    assert "flaky" in verdict.headline


def test_a_flaky_failure_in_a_changed_file_blocks(pull_request, courier):
    touch_the_test(pull_request)

    verdict = pull_request.scan(reruns=2, env=courier)

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"new-flaky"}, str(verdict)
    assert verdict.comparison["new_flaky"] == [FLAKY]
    assert FLAKY.casefold() in verdict.words


def test_a_flaky_failure_blocks_where_no_change_is_known(pull_request, courier):
    verdict = pull_request.scan(since="", reruns=2, env=courier)

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"new-flaky"}, str(verdict)


def test_a_flaky_failure_that_the_baseline_knows_does_not_block_though_its_file_changed(pull_request, courier):
    known_as_flaky(pull_request, courier)
    touch_the_test(pull_request)

    verdict = pull_request.scan(reruns=2, env=courier)

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert FLAKY.casefold() in verdict.words


def test_a_test_that_the_baseline_knows_as_flaky_and_that_passes_now_does_not_block(pull_request, courier):
    known_as_flaky(pull_request, courier)
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()

    verdict = pull_request.scan()

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)


def test_a_flaky_failure_in_quarantine_does_not_block_though_its_file_changed(pull_request, courier):
    pull_request.did("quarantine", "add", FLAKY, "--owner", "@shop/courier", "--issue", "SHOP-8", "--until", SOON)
    touch_the_test(pull_request)

    verdict = pull_request.scan(reruns=2, env=courier)

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert [entry["node_id"] for entry in verdict.comparison["quarantined"]] == [FLAKY]
    assert "quarantine" in verdict.words


def test_noise_beside_a_real_failure_hides_nothing(pull_request, courier):
    break_stock(pull_request)
    pull_request.commit()

    verdict = pull_request.scan(reruns=2, env=courier)

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"new-failures"}, str(verdict)
    assert verdict.comparison["new_failures"] == [EMPTY]


def test_a_failure_that_nobody_ran_again_is_no_noise(pull_request, courier):
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()

    verdict = pull_request.scan(reruns=0, env=courier)

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"new-failures"}, str(verdict)
