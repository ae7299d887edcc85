"""What may stand at one path of a pattern so that a field passes, and what each service can't say of a field."""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Label, Report
from ifc.records import record
from ifc.where.expression import number_text, value_text
from ifc.where.normal import EXISTS, IN, NULL, NUMBER, TEXT, TRUTH, TURNED, Condition, Operand

ABSENT = {"exists": False}


@record
class Service:
    """What the filters of a service can say; `name` is "an SQS queue", and messages speak of the filter of it."""

    name: str
    most: float  # numbers reach from -most to most
    places: int  # digits after the point
    negated_prefix: bool = True
    wildcard: bool = False  # text inside text, and `not` before `ends-with`
    typed: bool = False  # a path names the type too, and a number is text (DynamoDB's JSON)


def choices(conditions: list[Condition], service: Service, report: Report) -> list[Any] | None:
    """What may stand at a path so that all its conditions hold, or None after reporting what the service can't say."""
    if any(condition.op != EXISTS and not condition.negated for condition in conditions):
        # What a value must pass is passed by no absent one: `exists` beside it says nothing.
        conditions = [condition for condition in conditions if condition.op != EXISTS or condition.negated]
    first = conditions[0]
    if all(condition.op in TURNED for condition in conditions):
        return _range(conditions, service, report)
    if all(condition.op == IN and condition.negated for condition in conditions):
        return _none_of(conditions, service, report)
    if len(conditions) > 1:
        _refuse_both(conditions, service, report)
        return None
    if first.op == EXISTS:
        return [ABSENT] if first.negated else [{"exists": True}]
    return _one_of(first, service, report) if first.op == IN else _look(first, service, report)


def _refuse_both(conditions: list[Condition], service: Service, report: Report) -> None:
    """Reports that two conditions of one field can't be joined by `and`."""
    first, second = sorted(conditions, key=lambda condition: condition.span.sort_key())[:2]
    p = first.written
    if all(condition.op == IN and not condition.negated for condition in (first, second)):
        way = f"no single value passes both: write `or`, or one list `{p} in [ … ]`"
    elif EXISTS in (first.op, second.op):
        # A bare `anything-but` on an absent field: EventBridge's emulators disagree with SNS's.
        way = f"a negated test holds where `{p}` is absent: test for the values that are wanted"
    else:
        way = f"join them with `or`, or test `{p}` once here and once in the code that receives it"
    report.error(
        "IFC433",
        f"two tests of `{p}` are joined by `and`, and the filter of {service.name} tests a field once",
        second.span,
        "the second test",
        help=way,
        also=(Label(first.span, "the first"),),
    )


def _one_of(condition: Condition, service: Service, report: Report) -> list[Any] | None:
    """What may stand where a field has one of the values."""
    found = [_value(operand, service, report) for operand in condition.operands]
    return [each for (each,) in found] if all(found) else None


def _value(operand: Operand, service: Service, report: Report) -> tuple[Any, ...]:
    """What matches one value, or nothing after reporting that the service can't compare it."""
    if operand.kind == NUMBER:
        value = _number(operand, service, report)
        if value is None:
            return ()
        # A raw number is compared as text by Lambda and EventBridge, where 5.0 is not 5.
        return (value,) if service.typed else ({"numeric": ["=", value]},)
    if operand.kind == NULL and service.typed:
        return (True,)  # DynamoDB writes null as {"NULL": true}
    return (operand.value,)


def _none_of(conditions: list[Condition], service: Service, report: Report) -> list[Any] | None:
    """What may stand where a field has none of the values; `anything-but` takes text or numbers, not both."""
    operands = [operand for condition in conditions for operand in condition.operands]
    kinds = {operand.kind for operand in operands}
    if service.typed and kinds == {TRUTH}:
        values = [operand.value for operand in operands]
        return [*(truth for truth in (True, False) if truth not in values), ABSENT]
    if service.typed and kinds == {NULL}:
        return [ABSENT]
    if kinds == {TEXT}:
        return [{"anything-but": [operand.value for operand in operands]}, ABSENT]
    if kinds == {NUMBER}:
        numbers = [_number(operand, service, report) for operand in operands]
        return None if None in numbers else [{"anything-but": numbers}, ABSENT]
    _refuse_none_of(conditions[-1], operands, service, report)
    return None


def _refuse_none_of(condition: Condition, operands: list[Operand], service: Service, report: Report) -> None:
    """Reports values that no pattern can exclude."""
    p, last = condition.written, operands[-1]
    if len({operand.kind for operand in operands}) > 1:
        report.error(
            "IFC434",
            f"the filter of {service.name} can't exclude text and other values at once",
            condition.span,
            "values of several kinds",
            help="exclude values of one kind here, and the others in the code that receives them",
        )
        return
    written = value_text(last.node)
    if last.kind == NULL:
        way = f"write `{p} exists` if the sender leaves the field out, else test for the values that are wanted"
    else:
        way = f"write `{p} == {'false' if last.value else 'true'} or not {p} exists`"
    report.error(
        "IFC434",
        f"the filter of {service.name} can exclude text and numbers, but not `{written}`",
        condition.span,
        f"not `{written}`",
        help=way,
    )


def _look(condition: Condition, service: Service, report: Report) -> list[Any] | None:
    """What may stand where text begins or ends with what is looked for, or holds it; or where it doesn't."""
    operand = condition.operands[0]
    if condition.op == "contains":
        wildcard = _wildcard(condition, service, report)
        if wildcard is None:
            return None
        look: dict[str, Any] = {"wildcard": wildcard}
    else:
        look = {"prefix" if condition.op == "starts-with" else "suffix": operand.value}
    if not condition.negated:
        return [look]
    if service.wildcard or (service.negated_prefix and condition.op == "starts-with"):
        return [{"anything-but": look}, ABSENT]
    report.error(
        "IFC434",
        f"the filter of {service.name} can't say `not {condition.written} {condition.op} {value_text(operand.node)}`",
        condition.span,
        "negated",
        help="test for the values that are wanted, or let the code that receives it skip the others",
    )
    return None


def _wildcard(condition: Condition, service: Service, report: Report) -> str | None:
    """The wildcard that finds text inside text, or None after reporting why there is none."""
    p, operand = condition.written, condition.operands[0]
    if not service.wildcard:
        of_list = f"write `{p} == {value_text(operand.node)}` if `{p}` is a list (one of its elements is enough)"
        report.error(
            "IFC434",
            f"the filter of {service.name} can't look for text inside `{p}`",
            condition.span,
            "`contains`",
            help="look for it in the function" if service.typed else f"{of_list}, else filter on a bus or in the code",
        )
        return None
    if operand.late:
        report.error(
            "IFC445",
            "what `contains` looks for must be known when compiling",
            operand.span,
            "a reference",
            help="write the text itself, or use `==`, `starts-with` or `ends-with`",
        )
        return None
    escaped = str(operand.value).replace("\\", "\\\\").replace("*", "\\*")
    return f"*{escaped}*"


def _range(conditions: list[Condition], service: Service, report: Report) -> list[Any] | None:
    """The one range in which all comparisons hold; where all are negated, also the field's absence."""
    first, last = conditions[0], conditions[-1]
    if service.typed:
        report.error(
            "IFC434",
            f"the filter of {service.name} can't compare numbers: DynamoDB writes them as text",
            first.span,
            f"`{first.op}` never matches",
            help="test for exact values with `==` or `in`, or compare in the function",
        )
        return None
    numbers = [_number(condition.operands[0], service, report) for condition in conditions]
    if None in numbers:
        return None
    lows: list[tuple[Any, bool]] = []  # a bound, and whether it is outside of the range itself
    highs: list[tuple[Any, bool]] = []
    for condition, number in zip(conditions, numbers, strict=True):
        op = TURNED[condition.op] if condition.negated else condition.op
        (lows if op in (">", ">=") else highs).append((number, op in (">", "<")))
    low = max(lows, default=None)
    high = min(highs, key=lambda bound: (bound[0], not bound[1]), default=None)
    if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
        report.error(
            "IFC433",
            f"no number passes both tests of `{first.written}`",
            last.span,
            "never with the other",
            help="join them with `or`, or mend the bounds",
            also=(Label(first.span, "the first"),),
        )
        return None
    if low and high and low[0] == high[0]:
        numeric = ["=", low[0]]
    else:
        above = [">" if low[1] else ">=", low[0]] if low else []
        numeric = [*above, *(["<" if high[1] else "<=", high[0]] if high else [])]
    return [{"numeric": numeric}, *([ABSENT] if all(condition.negated for condition in conditions) else [])]


def _number(operand: Operand, service: Service, report: Report) -> Any:
    """A number as the service compares it (text at a typed path), or None after reporting that it can't."""
    value = operand.number
    if not -service.most <= value <= service.most:
        limit = "38 digits" if service.typed else f"{service.most:,.0f}"
        report.error(
            "IFC435",
            f"the filter of {service.name} knows no number beyond {limit}",
            operand.span,
            "too large",
            help="compare in the code that receives it, or send the value as text and compare text",
        )
        return None
    written = number_text(value)
    whole, _, places = written.partition(".")
    digits = len((whole + places).strip("-").lstrip("0"))
    # As text a whole number may have 38 digits; of a fraction Python itself keeps no more than these 15 for sure.
    if service.typed and 0 < abs(value) < 1e-6:
        report.error(
            "IFC435",
            f"the filter of {service.name} can't tell how DynamoDB writes so small a number",
            operand.span,
            "too small",
            help="compare in the function",
        )
        return None
    if len(places) > service.places or digits > (38 if service.typed and not places else 15):
        report.error(
            "IFC435",
            f"the filter of {service.name} compares 15 digits, {service.places} of them after the point",
            operand.span,
            "too fine",
            help="write fewer digits, or compare in the code that receives it",
        )
        return None
    if service.typed:
        return written
    return value if places else int(value)
