"""Rules, dashboard and units are checked by the programs that read them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.config import load_settings, unknown_variables
from detector.errors import UsageError
from detector.exporter import METRICS

Needs = Callable[..., str]
PROMETHEUS = "apt-get install prometheus"


def run(*command: str | Path, at: Path) -> str:
    done = subprocess.run(command, cwd=at, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_rules_fire_and_stay_silent(deploy: Path, needs_program: Needs) -> None:
    promtool = needs_program("promtool", PROMETHEUS)
    run(promtool, "check", "rules", "rules.yml", at=deploy / "prometheus")
    run(promtool, "check", "config", "prometheus.yml", at=deploy / "prometheus")
    assert "SUCCESS" in run(promtool, "test", "rules", "rules_test.yml", at=deploy / "prometheus")


def test_every_alert_has_a_case_that_fires_one_that_does_not_and_a_section(
    deploy: Path, repository: Path, rules: list[dict[str, Any]]
) -> None:
    import yaml

    cases = yaml.safe_load((deploy / "prometheus" / "rules_test.yml").read_text())["tests"]
    tested = [case for held in cases for case in held["alert_rule_test"]]
    runbook = (repository / "docs" / "runbook.md").read_text()
    for alert in (rule for rule in rules if "alert" in rule):
        name = alert["alert"]
        fired = {bool(c["exp_alerts"]) for c in tested if c["alertname"] == name}
        assert fired == {True, False}, f"{name}: in rules_test.yml one case fires, one does not"
        assert f"\n## {name}\n" in runbook, f"{name}: docs/runbook.md has no section of that name"
        assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
        assert alert["labels"]["severity"] in ("page", "ticket"), name


STAGES = ("stage_age_seconds", "data_age_seconds")


def test_only_what_blinds_or_harms_wakes_somebody_and_stages_are_asked_of_a_service_alone(
    rules: list[dict[str, Any]],
) -> None:
    pages = {r["alert"]: r["expr"] for r in rules if r.get("labels") == {"severity": "page"}}
    assert set(pages) == {
        "EnduseDown", "EnduseAbsent", "EnduseRestarting", "EnduseInboxStalled",
        "EnduseIngestFailing", "EnduseWorkerDying", "EnduseScoringFailing", "EnduseLookEndless",
        "EnduseVictimAppeared", "EnduseRowsLater",
    }  # fmt: skip
    for name, expression in pages.items():
        if any(age in expression for age in STAGES):
            assert 'enduse:stage_age_seconds{stage="ingest"}' in expression, name


def test_the_alertmanager_accepts_its_configuration(deploy: Path, needs_program: Needs) -> None:
    amtool = needs_program("amtool", "apt-get install prometheus-alertmanager")
    run(amtool, "check-config", "alertmanager.yml", at=deploy / "alertmanager")


def test_the_dashboard_is_what_its_maker_makes(deploy: Path, dashboard_maker: ModuleType) -> None:
    assert (deploy / "grafana" / "dashboard.json").read_text() == dashboard_maker.build()


def test_every_metric_is_shown_or_alerted_on_and_nothing_else_is(
    rules: list[dict[str, Any]], dashboard_maker: ModuleType,
    needs_module: Callable[[str, str], object],
) -> None:  # fmt: skip
    needs_module("promql_parser", "pip install '.[test]'")
    recorded = {rule["record"] for rule in rules if "record" in rule}
    histograms = {name for name, spec in METRICS.items() if spec.kind == "histogram"}
    used = {
        name
        for expression in [*(rule["expr"] for rule in rules), *dashboard_maker.expressions()]
        for name in selected(expression)
    }
    parts = {f"{name}_{part}" for name in histograms for part in ("bucket", "count")}
    known = {*METRICS, *parts}
    assert used - recorded - {"up", "scrape_samples_scraped"} <= known
    unused = {name for name in METRICS if not {name, f"{name}_bucket"} & used}
    assert not unused, f"no rule in rules.yml and no panel in make_dashboard.py reads {unused}"
    assert recorded <= used


def selected(expression: str) -> Iterator[str]:
    """Names of the series an expression reads."""
    import promql_parser

    tree = promql_parser.parse(expression)
    plain = re.sub(r'"[^"]*"', "", tree.prettify())
    found: list[str] = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", plain)
    return (name for name in found if name.startswith("enduse") or name in (
        "up", "scrape_samples_scraped"))  # fmt: skip


def test_systemd_accepts_the_units(deploy: Path, needs_program: Needs) -> None:
    analyze = needs_program("systemd-analyze", "apt-get install systemd")
    units = ["enduse.service", "enduse-retain.service", "enduse-retain.timer"]
    run(analyze, "verify", *(f"./{unit}" for unit in units), at=deploy / "systemd")
    for unit in units[:2]:
        said = run(analyze, "security", "--offline=true", f"./{unit}", at=deploy / "systemd")
        assert float(said.rsplit("level for", 1)[1].split(":")[1].split()[0]) <= 2.0


def test_the_manifests_give_no_rights(
    deploy: Path, needs_module: Callable[[str, str], object]
) -> None:
    needs_module("yaml", "pip install '.[test]'")
    import yaml

    held = {
        d["kind"]: d
        for d in yaml.safe_load_all((deploy / "kubernetes" / "enduse.yaml").read_text())
    }
    pod = held["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert held["NetworkPolicy"]["spec"]["egress"] == []
    assert held["ServiceMonitor"]["spec"]["endpoints"][0]["scheme"] == "https"
    image = (deploy / "docker" / "Dockerfile").read_text()
    assert "\nUSER 10001:10001\n" in image


def words_of(unit: Path) -> dict[str, list[str]]:
    """What a unit says, by name."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_can_hear_its_service_and_start_what_can_be_started(deploy: Path) -> None:
    unit = words_of(deploy / "systemd" / "enduse.service")
    assert unit["Type"] == ["notify"]
    assert 30 <= int(unit["WatchdogSec"][0]) <= 300
    # The manager is told through a socket of this family: without it nothing would ever be ready.
    assert "AF_UNIX" in unit["RestrictAddressFamilies"][0].split()
    assert unit["OOMPolicy"] == ["continue"]
    assert unit["RestartPreventExitStatus"] == [str(UsageError.exit_code)]
    made = {f"/var/lib/{folder}" for folder in unit["StateDirectory"][0].split()}
    named = dict(word.split("=", 1) for line in unit["Environment"] for word in line.split())
    assert {named["ENDUSE_INBOX"], named["ENDUSE_STATE"]} <= made
    assert unknown_variables(named) == []
    assert load_settings(environ=named).settings.log_format == "json"
    assert unit["EnvironmentFile"][0].startswith("-")  # it need not be there


def test_image_and_documented_line_give_the_service_all_it_needs(
    deploy: Path, repository: Path
) -> None:
    image = (deploy / "docker" / "Dockerfile").read_text()
    named = dict(re.findall(r"^\s+(ENDUSE_\w+)=(\S+)", image, re.MULTILINE))
    settings = load_settings(environ=named).settings
    assert unknown_variables(named) == []
    line = image[image.index("docker run") : image.index("\n# Options")]
    mounted = set(re.findall(r"-v \S+?:(/[a-z/]+)", line))
    folders = {settings.inbox, str(settings.state), str(Path(str(settings.web_config)).parent)}
    assert folders == mounted
    made = re.search(r"install -d .* -m 0750 (.*)", image)
    assert made is not None
    assert folders == set(made[1].split())
    for package in sorted(p.parent.name for p in repository.glob("*/__init__.py")):
        if package in ("detector", "enduse", "features", "models"):
            assert f"\nCOPY {package} {package}\n" in image
    operations = " ".join((repository / "docs" / "operations.md").read_text().split())
    told = " ".join(line.replace("#", " ").replace("\\", " ").split())
    assert told in operations.replace("\\ ", "")


@pytest.mark.parametrize("name", ["operations.md", "runbook.md"])
def test_the_documents_are_there(repository: Path, name: str) -> None:
    assert (repository / "docs" / name).read_text().startswith("# ")
