# SPDX-License-Identifier: ISC
"""Single modules, in the browser that they are for."""

import pytest

HOSTILE = ["", "a/b", "?", "#", "a?b=c&d", "%2F", "\u202e", "é", "\U0001f469",
           " ", "+", "&=", "a\nb", "__proto__"]


@pytest.fixture
def evaluate(toxid, visit):
    page = visit(toxid)
    # the module by its name, and a function of it
    return lambda module, body, argument=None: page.evaluate(
        f"""async (argument) => {{
            const m = await import(new URL('{module}', location.href));
            return ({body})(m, argument);
        }}""", argument)


def test_events_in_any_pieces(evaluate):
    text = ("id: 5\nevent: a\ndata: {\"x\":\ndata: 1}\n\n: somebody\n\n"
            "id: 6\r\nevent: b\r\ndata:2\r\n\r\nevent: nothing\n\n"
            "data: é\n\n")
    wanted = [{"id": "5", "event": "a", "data": '{"x":\n1}'},
              {"id": "6", "event": "b", "data": "2"}, {"data": "é"}]
    found = evaluate("events.js", """(m, text) => {
        const told = [];
        for (let i = 0; i <= text.length; i++) {
            const parser = new m.Parser();
            told.push([...parser.push(text.slice(0, i)),
                       ...parser.push(text.slice(i))]);
        }
        const one = new m.Parser();
        told.push([...text].flatMap((c) => one.push(c)));
        return told;
    }""", text)
    assert all(one == wanted for one in found)


def test_links_say_what_they_mean(evaluate):
    found = evaluate("router.js", """async (m, all) => {
        const told = [];
        for (const text of all) {
            location.hash = m.link('proxy', [text], {toxic: text});
            await new Promise((done) => setTimeout(done, 20));
            const {page, about, query} = m.route();
            told.push([page, about, query.get('toxic') ?? '']);
        }
        return told;
    }""", HOSTILE)
    assert found == [["proxy", [text], text] for text in HOSTILE]


def test_numbers_are_of_one_width(evaluate):
    """... from one byte a second to as many as there are."""
    found = evaluate("text.js", """(m) => {
        const told = [];
        for (let n = 1; n < 1e18; n *= 1.07)
            told.push(m.bytes(n));
        return told;
    }""")
    assert max(map(len, found)) <= len("9.99 KB")


def test_integers_of_64_bits(evaluate):
    found = evaluate("api.js", """(m) => {
        const {a, b, c} = m.parse(
            '{"a": 9223372036854775807, "b": [-9223372036854775808], "c": 1}');
        return [JSON.stringify([a, b, c]), m.shown(a), m.shown(c),
            JSON.stringify(m.integer('9007199254740993'))];
    }""")
    assert found == ["[9223372036854775807,[-9223372036854775808],1]",
                     "9223372036854775807", "1", "9007199254740993"]


def test_what_is_remembered_has_its_room(evaluate):
    found = evaluate("history.js", """(m) => {
        const h = new m.History(3, 2), told = [];
        for (let i = 0; i < 5; i++)
            h.push(i, 10 * i);
        for (let i = 0; i < h.length; i++)
            told.push([h.at(i, 0), h.at(i, 1)]);
        const r = new m.Rates(), of = (n) => (
            {upstream: {sent: n}, downstream: {sent: 2 * n}});
        return [told, h.last(1), r.next(of(100), 0), r.next(of(600), 500),
            r.next(of(5), 1000), r.next(of(5), 2000)];
    }""")
    assert found == [[[2, 20], [3, 30], [4, 40]], 40, None,
                     {"up": 1000, "down": 2000}, None, {"up": 0, "down": 0}]


def test_clients_as_the_api_takes_them(evaluate):
    """By an address, or with a port; and no other that begins so"""
    found = evaluate("session_rows.js", """(m) => {
        const events = ['10.1.2.3:5', '10.1.2.30:5', '[::1]:7', undefined].map(
            (client, id) => ({event: 'session_ended', id, client}));
        const of = (client) => m.endedOfEvents(events, client).map(
            (one) => Number(one.key)).sort();
        return ['', '10.1.2.3', '10.1.2.3:5', '10.1.2', '::1', '[::1]',
            '[::1]:7'].map(of);
    }""")
    assert found == [[0, 1, 2, 3], [0], [0], [], [2], [2], [2]]


def test_what_would_not_be_seen_is(evaluate):
    """... and what is made of joiners stays as it is."""
    found = evaluate("text.js", "(m, all) => all.map(m.visible)", [
        "web\u200d", "we\u200cb", "web\ufe0f", "web\u2800", "a\U000e0041b",
        "\u034fweb", "\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f", " a  b "])
    assert found == ["web‹200D›", "we‹200C›b", "web‹FE0F›", "web‹2800›",
                     "a‹E0041›b", "‹034F›web", "\U0001f469\u200d\U0001f4bb",
                     "\u2764\ufe0f", "␣a  b␣"]


def test_a_select_as_it_is_typed(evaluate):
    found = evaluate("selects.js", """(m, all) => all.map((text) => [
        m.typedSelect(text), m.selectText(m.typedSelect(text))])""", [
        "", "first=3", "every=10 offset=9", "clients=::1,10.0.0.1, first=2",
        "after=1500ms,duration=2m", "first=some", "10", "after=soon"])
    assert found == [
        [{}, ""], [{"first": 3}, "first=3"],
        [{"every": 10, "offset": 9}, "every=10,offset=9"],
        [{"clients": ["::1", "10.0.0.1"], "first": 2},
         "clients=::1,10.0.0.1,first=2"],
        [{"after_ms": 1500, "duration_ms": 120000},
         "after=1500ms,duration=120s"],
        [{"first": "some"}, "first=some"], [{"10": ""}, "10="],
        [{"after_ms": "soon"}, "after=soon"]]
