"""`fmwatch catalogue show, build, refresh, diff`, as typed and as a script reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.advisor.snapshot_file import SHIPPED, read
from services.cli import main
from tests.contract.schema import errors, load
from tests.services.advisor.lists import write_lists
from tests.services.advisor.site import running

OWN = """
catalogue: {file}
models:
  - {{platform: azure, model: prod-chat, serves: good-2}}
  - {{platform: vllm, model: acme-8b, base: openai/good-2, status: active, hourly_usd: 5.2}}
prices:
  - {{platform: azure, model: good-*, input: 2.1, output: 8.4}}
"""
PRICES = Path("litellm") / "model_prices_and_context_window_backup.json"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Five tiny lists."""
    folder = tmp_path / "lists"
    folder.mkdir()
    return write_lists(folder)


@pytest.fixture
def built(lists: Path, tmp_path: Path) -> Path:
    """The snapshot of them."""
    file = tmp_path / "catalogue.json.gz"
    assert _run("build", "--lists", lists, "--out", file).exit_code == 0
    return file


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["catalogue", *map(str, arguments)])


def _json(*arguments: object, code: int = 0) -> dict[str, Any]:
    done = _run(*arguments, "--json")
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _prices(lists: Path, change: dict[str, object]) -> None:
    file = lists / PRICES
    file.write_text(json.dumps(json.loads(file.read_text()) | change))


def test_documents(lists: Path, built: Path) -> None:
    """What scripts read is as its schema says, on large platforms and on tiny lists."""
    for platform in ("openai", "anthropic", "bedrock", "cohere"):
        assert errors(_json("show", platform), load("catalogue_show")) == []
    assert errors(_json("show"), load("catalogue_overview")) == []
    _prices(lists, {"good-2": {"litellm_provider": "openai", "mode": "embedding"}})
    refused = _json("build", "--lists", lists, "--out", built, code=1)
    assert errors(refused, load("catalogue_refresh")) == []
    assert errors(_json("diff", "shipped", built), load("catalogue_diff")) == []


def test_show_says_whose_each_fact_is() -> None:
    """Each fact comes with its list, the page, the day and the confidence."""
    (found,) = _json("show", "bedrock/amazon.nova-premier-v1:0")["models"]
    assert found["facts"]["shutdown_at"] == {
        "value": "2026-09-14",
        "source": "modeldeprecations",
        "url": "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
        "as_of": "2026-08-03",
        "confidence": "high",
    }
    assert all(item["stated_at"] and item["by"] for item in found["replacements"])
    assert found["conflicts"] == [] or found["conflicts"][0]["values"][0]["source"]


def test_show_text() -> None:
    """A person reads the same, what it is billed at, and what is unknown."""
    said = _run("show", "openai/gpt-5-mini", "--on", "2026-08-21")
    assert said.exit_code == 0
    assert "openai/gpt-5-mini: deprecated, ends 2026-12-11 on 2026-08-21" in said.stdout
    assert "(modeldeprecations, 2026-07-30, high) https://developers.openai.com" in said.stdout
    assert "says the provider (stated 2026-07-30)" in said.stdout
    assert "billed at        input 0.25, output 2" in said.stdout
    assert "unknown          earliest_at, preview" in said.stdout


def test_show_conflicts(built: Path) -> None:
    """Lists that disagree are shown with what each says."""
    said = _run("show", "openai/good-2", "--file", built).stdout
    assert "conflict         price of good-2: litellm 2/8; models_dev 2.5/8" in said


def test_billed_otherwise() -> None:
    """Where the ledger's list and the catalogue's are over 1 % apart, both are shown."""
    found = _json("show", "deepseek", "--on", "2026-11-20")["models"]
    apart = [item for one in found for item in one["conflicts"] if item["fact"] == "billed at"]
    assert apart
    assert {len({value["source"] for value in item["values"]}) for item in apart} == {2}


def test_show_everywhere() -> None:
    """A name without a platform is looked for on all of them; a platform's name lists its models."""
    names = {item["platform"] for item in _json("show", "gpt-4.1-mini")["models"]}
    assert {"openai", "azure"} <= names
    assert {item["platform"] for item in _json("show", "xai")["models"]} == {"xai"}


def test_show_the_whole() -> None:
    """Without a name the snapshot says what it holds, and its sources with their licences."""
    found = _json("show")
    assert found["models"] == len(read().entries)
    assert found["sources"]["litellm"]["licence"] == "MIT"
    assert sum(found["states"].values()) == found["models"]


def test_unknown_stays_unknown() -> None:
    """A model in no list is unknown; its family is named, and lends it nothing."""
    assert _json("show", "openai/gpt-4o-2029-12-31", code=1) == {"models": []}
    said = _run("show", "openai/gpt-4o-2029-12-31").stdout
    assert "is in no list" in said
    assert "carries neither price nor status: " in said


def test_own_models(built: Path, tmp_path: Path) -> None:
    """What the configuration says is shown as the company's own, at the prices of its contract."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text(OWN.format(file=built))
    (own,) = _json("show", "vllm/acme-8b", "--config", config)["models"]
    assert own["facts"]["hourly_usd"]["source"] == "own"
    deployed = _run("show", "azure/prod-chat", "--config", config).stdout
    assert deployed.startswith("azure/good-2: ")
    assert "input 2.1, output 8.4  (contract" in deployed
    assert "azure/prod-chat is answered by good-2" in _run("show", "--config", config).stdout


def test_no_such_snapshot(tmp_path: Path) -> None:
    """A configuration that names no snapshot says what makes one."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text("catalogue: no.json.gz\n")
    done = _run("show", "--config", config)
    assert done.exit_code == 2
    assert "fmwatch catalogue refresh" in done.output
    (tmp_path / "text").write_text("text")
    done = _run("show", "--file", tmp_path / "text")
    assert (done.exit_code, "is no catalogue" in done.output) == (2, True)


def test_build_is_the_same(lists: Path, built: Path, tmp_path: Path) -> None:
    """The same lists give the same bytes, with the past and without."""
    again = tmp_path / "again.json.gz"
    assert _run("build", "--lists", lists, "--out", again).exit_code == 0
    assert _run("build", "--lists", lists, "--out", again).exit_code == 0
    assert again.read_bytes() == built.read_bytes()


def test_refresh(lists: Path, built: Path, tmp_path: Path) -> None:
    """The file that the configuration names takes what lists say now; what they no longer say is the past."""
    config = tmp_path / "fmwatch.yaml"
    config.write_text(f"catalogue: {built}\n")
    before = built.read_bytes()
    _prices(lists, {"good-3": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6}})
    named = [
        f"--list={name}={lists / name}"
        for name in ("modeldeprecations", "genai_prices", "litellm", "models_dev")
    ]
    told = _json("refresh", "--config", config, *named)
    assert (told["counts"], told["objections"], told["file"]) == ({"added": 1}, [], str(built))
    assert built.read_bytes() != before
    assert "Nothing has changed." in _run("refresh", "--config", config, *named).stdout
    older = tmp_path / "older.json.gz"
    older.write_bytes(before)
    assert "openai/good-3 is new" in _run("diff", older, built).stdout


def test_refresh_by_url(lists: Path, built: Path, tmp_path: Path) -> None:
    """A list by URL keeps its address and ETag; unchanged it is not sent again; away, its copy stands in."""
    files = [f"--list={name}={lists / name}" for name in ("modeldeprecations", "genai_prices", "models_dev")]
    with running() as site:
        site.content = (lists / PRICES).read_bytes()
        given = (
            "refresh",
            "--out",
            built,
            *files,
            f"--list=litellm={site.url}",
            "--cache",
            tmp_path / "cache",
        )
        first = _json(*given)["lists"]["litellm"]
        assert (first["from"], first["etag"], first["stale"]) == (site.url, '"one"', "")
        assert _json(*given)["lists"]["litellm"]["etag"] == '"one"'
        assert site.asked == ["", '"one"']
        assert _json("show", "--file", built)["sources"]["litellm"]["read_from"] == site.url
        site.status = 500
        assert "the copy of" in _run(*given).stderr


def test_refresh_refuses(lists: Path, built: Path) -> None:
    """What counts in another unit is refused with the reason, and the file stays; a person may accept it."""
    before = built.read_bytes()
    wrong = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.0}
    _prices(lists, {"good-2": wrong})
    named = [
        f"--list={name}={lists / name}"
        for name in ("modeldeprecations", "genai_prices", "litellm", "models_dev")
    ]
    refused = _run("refresh", "--out", built, *named)
    assert refused.exit_code == 1
    assert "type: openai/good-2: input of good-2 was 2, is 2e+06 USD: another unit?" in refused.stdout
    assert "stays as it is" in refused.stdout
    assert built.read_bytes() == before
    assert _json("refresh", "--out", built, *named, code=1)["file"] is None
    assert _run("refresh", "--out", built, *named, "--accept", "type").exit_code == 0


def test_refresh_from_a_snapshot(built: Path, tmp_path: Path) -> None:
    """A ready snapshot must also not forget: this one knows four models of eight thousand."""
    out = tmp_path / "out.json.gz"
    out.write_bytes(SHIPPED.read_bytes())
    refused = _json("refresh", "--from", built, "--out", out, code=1)
    assert {item["kind"] for item in refused["objections"]} == {"shrinks"}
    assert out.read_bytes() == SHIPPED.read_bytes()
    assert _run("refresh", "--from", "shipped", "--out", out).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("refresh",), 2, "say where"),
        (("build", "--out", "x"), 2, "no list is named"),
        (("build", "--out", "x", "--list", "prices.json"), 2, "is not NAME=PATH"),
        (("build", "--out", "x", "--list", "litellm=no.json"), 2, "does not exist"),
        (("refresh", "--out", "x", "--from", "a", "--list", "litellm=b"), 2, "leave out --list"),
        (("diff", "shipped", "no.json.gz"), 2, "does not exist"),
        (("refresh", "--out", "x", "--from", "http://127.0.0.1:1/c.json.gz"), 3, "cannot be read"),
    ],
)
def test_usage(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mistake has its sentence and its exit code, and writes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = _run(*arguments)
    assert done.exit_code == code
    assert said in done.output
    assert not (tmp_path / "x").exists()
