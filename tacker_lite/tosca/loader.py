"""From a descriptor and its inputs to a :class:`~tacker_lite.tosca.model.VnfTemplate`.

::

    document = loader.read(text, "web.yaml")     # remembers its lines
    template = loader.load(document, {"image": "debian-12"}, file="web.yaml")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tacker_lite import exceptions
from tacker_lite.tosca import (
    model,
    monitoring,
    nodes,
    policies,
    policy_checks,
    positions,
    references,
    remainder,
    report,
    requirements,
    software,
    structure,
)
from tacker_lite.tosca.problems import NODES, Problems
from tacker_lite.tosca.survey import Survey

Checked = TypeVar("Checked")

CHECKS = (
    requirements.check_targets,
    software.check,
    monitoring.check,
    policy_checks.check,
    references.check,
)


def read(text: str, file: str = "") -> Any:
    """Parse YAML text into a document that remembers its lines.

    :param file: file name as the user knows it, for messages.
    :raises InvalidTemplate: naming the line that is not valid YAML.
    """
    return positions.read(text, file)


def read_stored(text: str) -> Any:
    """Parse YAML text which :func:`dump` wrote into a document without lines.

    The lines of such a text are not those of the file it came from, so errors about
    the document must not name any.

    :raises InvalidTemplate: when it is not valid YAML.
    """
    return positions.plain(positions.read(text))


def load(
    document: Mapping[str, Any],
    inputs: Mapping[str, Any] | None = None,
    *,
    file: str = "",
    files: Mapping[str, str] | None = None,
) -> model.VnfTemplate:
    """Check a VNFD and parse it with its inputs.

    :param document: the descriptor; one made by :func:`read` gives errors lines.
    :param inputs: None when a descriptor is onboarded: missing values are no fault.
        A mapping when a VNF is made from it: every input needs a value.
    :param file: file name as the user knows it, for messages; a document out of a
        package has its own.
    :param files: text of the files that came with it in a package, by path.
    :raises InvalidTemplate: naming node, key and remedy of everything found.
    :raises MissingParameter: for an input without value.
    :raises UnsupportedNodeType: naming the type.
    """
    survey, source, _ = _survey(document, inputs, file, files)
    survey.problems.raise_if_any()
    return _template(survey.document, survey.inputs, survey.files, source)


def load_and_check(
    document: Mapping[str, Any],
    inputs: Mapping[str, Any] | None = None,
    *,
    check: Callable[[model.VnfTemplate], Checked],
    file: str = "",
    files: Mapping[str, str] | None = None,
) -> Checked:
    """:func:`load`, and check what it makes: the problems of both in one error.

    :param check: raises an ``InvalidTemplate`` about what else is wrong.  Where the
        descriptor has problems it gets what is sound of it, ``partial``.
    :returns: what ``check`` returns.
    """
    survey, source, unsound = _survey(document, inputs, file, files)
    problems = survey.problems
    if not len(problems):
        made = _template(survey.document, survey.inputs, survey.files, source)
        return check(made)
    if not any(problem.path == NODES for problem in problems.found):
        rest = remainder.Remainder(survey, unsound)
        made = _template(rest.document, rest.inputs, survey.files, None)
        try:
            check(replace(made, partial=True))
        except exceptions.InvalidTemplate as error:
            for told in report.told(error):
                if rest.concerns(told.path):
                    problems.add(told.reason, told.path, public_type=told.public_type)
    return problems.fail()


def _survey(
    document: Mapping[str, Any],
    inputs: Mapping[str, Any] | None,
    file: str,
    files: Mapping[str, str] | None,
) -> tuple[Survey, Any, set[tuple[Any, ...]]]:
    """A descriptor after all checks, the library's object, and paths of nodes.

    These are the nodes whose form is wrong: their values were not looked at.

    :raises InvalidTemplate: when there are no nodes to look into.
    """
    # The library takes half a second to import and 20 MB: only for who needs it.
    from tacker_lite.tosca import inputs as input_values  # noqa: PLC0415
    from tacker_lite.tosca import parser, type_table  # noqa: PLC0415

    problems = Problems(document, file or getattr(document, "file", ""))
    if inputs is not None and not isinstance(inputs, Mapping):
        problems.add("input values must be a mapping of input names to values")
        inputs = None
    if not structure.check(document, problems):
        problems.raise_if_any()
    structure.check_mgmt_drivers(document, problems)
    unsound = problems.paths(len(NODES) + 1)
    plain = positions.plain(document)
    with parser.LOCK:
        types = type_table.check(plain, problems)
        values = input_values.resolve(plain, inputs, problems)
        source = parser.parse(plain, types, values, problems)
    survey = Survey(plain, problems, values, files or {}, unsound)
    for check in CHECKS:
        check(survey)
    return survey, source, unsound


def _template(
    document: Mapping[str, Any],
    inputs: Mapping[str, Any],
    files: Mapping[str, str],
    source: Any,
) -> model.VnfTemplate:
    """What a plain document without problems means."""
    built = nodes.build(document, inputs)
    vdus = tuple(built.get(model.Vdu, ()))
    return model.VnfTemplate(
        name=template_name(document),
        description=description(document),
        document=document,
        inputs=inputs,
        vdus=vdus,
        connection_points=tuple(built.get(model.ConnectionPoint, ())),
        virtual_links=tuple(built.get(model.VirtualLink, ())),
        policies=policies.build(document, vdus, inputs),
        storages=tuple(built.get(model.BlockStorage, ())),
        attachments=tuple(built.get(model.BlockStorageAttachment, ())),
        floating_ips=tuple(built.get(model.FloatingIp, ())),
        software=tuple(built.get(model.SoftwareComponent, ())),
        load_balancers=tuple(built.get(model.LoadBalancer, ())),
        listeners=tuple(built.get(model.Listener, ())),
        pools=tuple(built.get(model.Pool, ())),
        files=dict(files),
        source=source,
    )


def dump(document: Mapping[str, Any]) -> str:
    """The document as YAML text, in its own order: ports depend on it."""
    return positions.dump(document)


def template_name(document: Mapping[str, Any]) -> str:
    """``metadata.template_name``, or the older top-level key, or ``""``."""
    metadata = document.get("metadata") or {}
    name = metadata.get("template_name") or document.get("template_name")
    return str(name) if name else ""


def description(document: Mapping[str, Any]) -> str:
    """The descriptor's own description, or ``""``."""
    return str(document.get("description") or "").rstrip()


def mgmt_driver(document: Mapping[str, Any]) -> str:
    """The management driver of a descriptor that :func:`load` accepted."""
    return structure.mgmt_driver(document)
