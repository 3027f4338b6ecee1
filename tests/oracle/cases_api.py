# SPDX-License-Identifier: ISC
"""Proxies, toxics, /populate, /reset: good, bad and odd."""

from cases import (
    A, B, LATENCY, LIST, MAKE_A, MAKE_B, MAKE_OFF, MAKE_TOXIC, OFF, SHOW,
    SHOW_TOXICS, TOXIC, TOXICS, UP, different, each, group, req)

PROXIES = "POST /proxies"
UPDATE = "POST /proxies/a"
PATCH = "PATCH /proxies/a"

# ---- JSON itself

each("broken JSON", PROXIES, (
    "", " ", "\n", "{", "[", "{}", "null", "[]", '"text"', "1", "true",
    "nonsense", "{'name':'a'}", '{"name":"a",}', '{"name"}', '{"name":}',
    '{name:"a"}', A[:-1], "{}{}", "null null", A + "rubbish", A + A,
    "[" + A + "]", "\ufeff" + A, "// comment\n" + A,
    '{"name":"a" "upstream":"b"}', '{"name":"\\x"}', '{"name":"\\u12"}'),
    after=(LIST,))

each("keys", PROXIES, (
    '{"NAME":"a","Listen":"127.0.0.1:@A@","UPSTREAM":"127.0.0.1:1"}',
    '{"name":"z","name":"a","listen":"127.0.0.1:@A@",%s}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"what":{"is":["this"]}}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"toxics":null}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"toxics":[]}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"proto":1}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"enabled":null}' % UP,
    '{"name":"a","listen":"127.0.0.1:@A@",%s,"eNaBled":false}' % UP,
    different("D1", "201 ",
              '{"name":"a","listen":"127.0.0.1:@A@",%s,"Logger":1}' % UP),
    different("D7", '201 .*"toxics":\\[{"attributes":{},"name":"n"',
              '{"name":"a","listen":"127.0.0.1:@A@",%s,"toxics":'
              '[{"type":"noop","name":"n"}]}' % UP),
    different("D7", "400 .*toxics",
              '{"name":"a","listen":"127.0.0.1:@A@",%s,"toxics":1}' % UP),
    ), after=(LIST,))

each("wrong types", PROXIES, (
    '{"name":1,%s}' % UP, '{"name":["a"],%s}' % UP, '{"name":{},%s}' % UP,
    '{"name":true,%s}' % UP, '{"name":"a","listen":1,%s}' % UP,
    '{"name":"a","upstream":1}', '{"name":"a","upstream":null}',
    '{"name":"a",%s,"enabled":1}' % UP, '{"name":"a",%s,"enabled":"true"}' % UP,
    '{"name":"a",%s,"enabled":[]}' % UP), after=(LIST,))

each("missing", PROXIES, (
    '{"upstream":"x"}', '{"name":"a"}', '{"name":"","upstream":"x"}',
    '{"name":"a","upstream":""}', '{"name":null,"upstream":null}',
    '{"listen":"127.0.0.1:@A@"}'), after=(LIST,))

# ---- names and texts

NAMES = ("a b", "a?b", "a#b", "ü", "日本", "a\\\"b", "a\\\\b", "<&>",
         "\\u2028", "\\n", "\\t", "\\u0001", "\\u007f", "\\b\\f", "\\u00e9",
         "\\ud83d\\ude00", "%41", "..", ".")
each("names", PROXIES, tuple(
    '{"name":"%s","listen":"127.0.0.1:@A@",%s}' % (name, UP)
    for name in NAMES if name not in ("..", ".")), after=(LIST,))
group("names that paths cannot have, there", req(
    PROXIES, '{"name":"a/b","listen":"127.0.0.1:@A@",%s}' % UP), LIST,
    req("GET /proxies/a/b"),
    req("GET /proxies/a%2Fb", key="M29", want='200 {"name":"a/b"'),
    leaves_rubbish=True)
group("names in paths", req(
    PROXIES, '{"name":"ü ?#+%%","listen":"127.0.0.1:@A@",%s}' % UP),
    req("GET /proxies/%C3%BC%20%3F%23+%25"),
    req("GET /proxies/%c3%bc%20%3f%23%2B%25"),
    req("DELETE /proxies/%C3%BC%20%3F%23+%25"), LIST)
each("text that is none", PROXIES, (
    different("D11", "400 ", '{"name":"a\\u0000",%s}' % UP),
    different("D11", "400 ", '{"name":"\\ud800",%s}' % UP),
    different("D11", "400 .*name.*255", '{"name":"%s",%s}' % ("n" * 256, UP)),
    '{"name":"%s","listen":"127.0.0.1:@A@",%s}' % ("n" * 255, UP),
    different("D11", "400 .*upstream.*261",
              '{"name":"a","upstream":"%s"}' % ("u" * 262))))

# ---- creating, and where it listens

group("create", MAKE_A, LIST, SHOW, MAKE_A, MAKE_B, LIST,
      req("DELETE /proxies/a"), req("DELETE /proxies/a"), SHOW, LIST)
group("order of names", *(req(
    PROXIES, '{"name":"%s","listen":"127.0.0.1:0",%s}' % (name, UP))
    for name in ("b", "B", "a", "ä", "aa", "Z", "1", "a b", "-")), LIST)
each("listen", PROXIES, tuple(
    '{"name":"a","listen":"%s",%s}' % (listen, UP) for listen in (
        "", "127.0.0.1:0", "localhost:0", "localhost:@A@", "0.0.0.0:@A@",
        ":@A@", "[::]:@A@", "[::1]:@A@", "127.0.0.1:", "127.0.0.1",
        "local373", "99999", "127.0.0.1:99999", "127.0.0.1:-1",
        "127.0.0.1:65536", "127.0.0.1:nosuchport", "::1:80",
        "[::1", "[::1]", "::1]:80", "[[::1]]:80", "[::1]80", "1.2.3.4:@A@",
        "127.0.0.1:@BUSY@", "localhost:@BUSY@", "0.0.0.0:@BUSY@",
        ":@BUSY@", "127.0.0.1:0@A@", "127.0.0.2:@A@",
        "127.0.0.1:+@A@", ":", "[]:@A@", "127.0.0.1:@A@ ",
        "127.0.0.1: @A@")), after=(LIST,))
each("listen of a disabled one", PROXIES, tuple(
    '{"name":"a","listen":"%s",%s,"enabled":false}' % (listen, UP)
    for listen in ("", "local373", "127.0.0.1:0", "localhost:@A@", ":@A@",
                   "127.0.0.1:@BUSY@", "any text")), after=(LIST,))
each("upstream", PROXIES, tuple(
    '{"name":"a","listen":"127.0.0.1:@A@","upstream":"%s"}' % upstream
    for upstream in ("x", "garbage", ":", "127.0.0.1:0", "[::1]:1",
                     "host.example:http", "a:b:c", " ")), after=(LIST,))
group("one address, two proxies", MAKE_A, req(
    PROXIES, '{"name":"b","listen":"127.0.0.1:@A@",%s}' % UP), LIST)
group("wildcard and address", req(
    PROXIES, '{"name":"a","listen":":@A@",%s}' % UP), req(
    PROXIES, '{"name":"b","listen":"127.0.0.1:@A@",%s}' % UP), LIST)

# ---- updating

UPDATES = ("{}", "null", '{"enabled":false}', '{"enabled":true}',
           '{"upstream":"127.0.0.1:2"}', '{"listen":"127.0.0.1:@B@"}',
           '{"listen":"localhost:@A@"}', '{"listen":"127.0.0.1:@A@"}',
           '{"name":"z"}', '{"name":"z","upstream":"q"}', '{"toxics":[1]}',
           '{"upstream":""}', '{"enabled":null,"listen":null}',
           '{"listen":"127.0.0.1:@B@","upstream":"u","enabled":false}')
for line in (UPDATE, PATCH):
    each("update", line, UPDATES, before=(MAKE_A, MAKE_TOXIC),
         after=(SHOW, LIST))
    each("update, disabled", line, UPDATES, before=(MAKE_OFF,), after=(SHOW,))
    each("update that fails", line, (
        "", "{", "[]", '"a"', '{"enabled":1}', '{"listen":1}',
        '{"upstream":false}', '{"name":1}', '{"listen":"local373"}',
        '{"listen":"::1:80"}', '{"listen":"127.0.0.1:99999"}',
        different("M27", "500 .*address already in use",
                  '{"listen":"127.0.0.1:@BUSY@","upstream":"z"}')),
        before=(MAKE_A, MAKE_TOXIC))
    group("update of nothing", req(line, "{"), req(line, "{}"))
each("update that fails changes nothing", PATCH, (
    '{"enabled":1}', '{"listen":"local373"}', '{"upstream":1}',
    '{"listen":"local373","enabled":false}'),
    before=(MAKE_A, MAKE_TOXIC), after=(SHOW, LIST))
group("off and on", MAKE_A, req(UPDATE, '{"enabled":false}'), SHOW,
      req(UPDATE, '{"enabled":true}'), SHOW,
      req(UPDATE, '{"enabled":true}'), LIST)
group("port 0 is kept", req(PROXIES, '{"name":"a","listen":"127.0.0.1:0",%s}'
                            % UP), req(UPDATE, '{"enabled":false}'),
      req(UPDATE, '{"enabled":true}'))
group("taken while it was off", MAKE_OFF, req(
    PROXIES, '{"name":"b","listen":"127.0.0.1:@A@",%s}' % UP),
    req(UPDATE, '{"enabled":true}'), LIST)
group("bad listen while off", req(
    PROXIES, '{"name":"a","listen":"local373",%s,"enabled":false}' % UP),
    req(UPDATE, '{"enabled":false}'), req(UPDATE, '{"enabled":true}'),
    req(UPDATE, '{"listen":"127.0.0.1:@A@"}'),
    req(UPDATE, '{"enabled":true}'), LIST)

# ---- toxics

GOOD = (
    '{"type":"latency"}', LATENCY, '{"type":"bandwidth","attributes":'
    '{"rate":100}}', '{"type":"slow_close","attributes":{"delay":5}}',
    '{"type":"timeout","attributes":{"timeout":5}}', '{"type":"timeout"}',
    '{"type":"reset_peer","attributes":{"timeout":5}}',
    '{"type":"slicer","attributes":{"average_size":64,"size_variation":32,'
    '"delay":10}}', '{"type":"limit_data","attributes":{"bytes":5}}',
    '{"type":"noop"}', '{"type":"noop","attributes":null}',
    '{"type":"noop","attributes":{}}', '{"type":"noop","stream":"upstream"}',
    '{"type":"noop","stream":"downstream"}', '{"type":"noop","stream":null}',
    '{"type":"noop","name":"other"}', '{"type":"noop","name":""}',
    '{"type":"noop","name":null}', '{"type":"noop","toxicity":null}',
    '{"TYPE":"latency","Attributes":{"LATENCY":5,"Jitter":null}}',
    '{"type":"latency","latency":5}', '{"type":"noop","unknown":[1,2]}',
    '{"type":"latency","attributes":{"nothing":"x","latency":1}}',
    '{"type":"latency","attributes":{"latency":1,"latency":2}}',
    '{"type":"noop","id":12345678901234567890,"n":[1e999]}')
LARGEST = 2 ** 63 - 1
EXTREME = tuple(
    '{"type":"%s","attributes":{"%s":%d}}' % (kind, name, value)
    for kind, name in (
        ("latency", "latency"), ("latency", "jitter"), ("slow_close", "delay"),
        ("timeout", "timeout"), ("reset_peer", "timeout"),
        ("limit_data", "bytes"))
    for value in (-1, -LARGEST - 1, LARGEST)) + tuple(
    '{"type":"slicer","attributes":{"average_size":%d,"size_variation":%d,'
    '"delay":%d}}' % values for values in (
        (5, -4, -1), (LARGEST, LARGEST, LARGEST), (LARGEST, 1 - LARGEST, 0))
) + ('{"type":"bandwidth","attributes":{"rate":%d}}' % LARGEST,)
each("values without limits", TOXICS, EXTREME, before=(MAKE_A,),
     after=(SHOW_TOXICS,))
each("toxic", TOXICS, GOOD, before=(MAKE_A,), after=(SHOW_TOXICS, SHOW))
each("toxicity", TOXICS, tuple(
    '{"type":"noop","toxicity":%s}' % t for t in (
        "0", "1", "0.5", "0.2", "1.0", "0.3333333333", "1e-9", "9e-7",
        "0.000001", "0.1e1", "0.1", "0.7", "1e-45", "0.99999999",
        "2.5", "-1", "-0.0001", "1.1", "80", "16777216", "123456789", "1e20",
        "1e21", "-2.5e22", "3.4028235e38", "1e40", "1" + 21 * "0", "1e999",
        '"0.5"', "true", "[]", "{}")),
    before=(MAKE_A,), after=(SHOW_TOXICS,))
each("bad toxic", TOXICS, (
    "", "{", "[]", "{}", "null", '{"type":""}', '{"type":null}',
    '{"type":"Latency"}', '{"type":"down"}', '{"type":"nothing"}',
    '{"type":1}', '{"type":"latency","stream":""}',
    '{"type":"latency","stream":"sideways"}', '{"stream":"sideways"}',
    '{"type":"nothing","stream":"sideways"}', '{"type":"latency","stream":1}',
    '{"type":"latency","name":1}', '{"type":"latency","attributes":1}',
    '{"type":"latency","attributes":"x"}', '{"type":"latency","attributes":[]}',
    '{"type":"latency","attributes":{"latency":"100"}}',
    '{"type":"latency","attributes":{"latency":100.5}}',
    '{"type":"latency","attributes":{"latency":true}}',
    '{"type":"latency","attributes":{"latency":[1]}}',
    '{"type":"latency","attributes":{"latency":9223372036854775808}}',
    '{"type":"latency","attributes":{"jitter":{}}}',
    '{"type":"debug"}', '{"type":"crash"}', '{"type":"spin"}'),
    before=(MAKE_A,), after=(SHOW_TOXICS,))
each("numbers that Go refuses", TOXICS, (
    different("D2", '200 .*"latency":100,',
              '{"type":"latency","attributes":{"latency":100.0}}'),
    different("D2", '200 .*"latency":1000,',
              '{"type":"latency","attributes":{"latency":1e3}}')),
    before=(MAKE_A,))
each("numbers that are refused here", TOXICS, tuple(
    different("D2", "400 .*invalid attribute " + name, text)
    for name, text in (
        ("rate", '{"type":"bandwidth","attributes":{"rate":-1}}'),
        ("average_size", '{"type":"slicer"}'),
        ("size_variation", '{"type":"slicer","attributes":'
         '{"average_size":1,"size_variation":2}}'),
        ("size_variation", '{"type":"slicer","attributes":'
         '{"average_size":5,"size_variation":-5}}'))), before=(MAKE_A,))
each("a key that stands twice", TOXICS, (
    different("O20", '200 .*"latency":0,', '{"type":"latency","attributes":'
              '{"latency":5,"latency":null}}'),
    different("O20", '200 .*"latency":5,', '{"type":"latency","attributes":'
              '{"latency":"x","Latency":5}}'),
    different("O20", '200 .*"latency":2,', '{"type":"latency","attributes":'
              '{"latency":1,"Latency":2,"latency":1}}'),
    different("O20", '200 .*"latency":0,"jitter":2', '{"type":"latency",'
              '"attributes":{"latency":1},"attributes":{"jitter":2}}'),
    different("O20", '200 .*"stream":"downstream"',
              '{"type":"noop","\u017ftream":"upstream"}'),
    '{"type":"latency","attributes":{"latency":1,"Latency":2}}',
    '{"type":"latency","attributes":{"latency":1,"LATENCY":null}}',
    '{"type":"latency","attributes":{"Latency":1,"latency":2,"LATENCY":3}}'),
     before=(MAKE_A,), after=())
each("stream in odd case", TOXICS, (
    different("M31", '200 .*"name":"noop_upstream".*"stream":"upstream"',
              '{"type":"noop","stream":"UpStream"}'),),
     before=(MAKE_A,))
group("order of toxics", MAKE_A, *(req(
    TOXICS, '{"type":"noop","name":"%s","stream":"%s"}' % name)
    for name in (("z", "downstream"), ("y", "upstream"), ("b", "downstream"),
                 ("a", "upstream"), ("ü/", "upstream"))), SHOW_TOXICS, SHOW,
      req("DELETE /proxies/a/toxics/b"), SHOW_TOXICS,
      req(TOXICS, '{"type":"noop","name":"b"}'), SHOW_TOXICS)
group("toxic names", MAKE_A, MAKE_TOXIC, MAKE_TOXIC,
      req(TOXICS, '{"type":"noop","name":"latency_downstream",'
          '"stream":"upstream"}'),
      req(TOXICS, '{"type":"noop","name":"latency_downstream",'
          '"attributes":1}'),
      req(TOXICS, '{"type":"latency","name":"latency_downstream",'
          '"attributes":{"latency":"x"}}'),
      req(TOXICS, '{"type":"noop","name":"LATENCY_downstream"}'),
      req("GET /proxies/a/toxics/latency_Downstream"),
      req("GET " + TOXIC), req("DELETE " + TOXIC), req("GET " + TOXIC),
      req("DELETE " + TOXIC), SHOW_TOXICS)
group("toxics of no proxy", req(TOXICS, LATENCY), req(TOXICS, "{"),
      SHOW_TOXICS, req("GET " + TOXIC), req("DELETE " + TOXIC),
      req("POST " + TOXIC, "{"), req("PATCH " + TOXIC, "{}"))
group("toxics of a disabled proxy", MAKE_OFF, MAKE_TOXIC, SHOW,
      req(UPDATE, '{"enabled":true}'), SHOW)
for method in ("POST", "PATCH"):
    line = method + " " + TOXIC
    each("update a toxic", line, (
        "{}", "null", '{"attributes":null}', '{"attributes":{}}',
        '{"attributes":{"latency":5}}', '{"attributes":{"jitter":5}}',
        '{"toxicity":0.25}', '{"toxicity":0.25,"attributes":{"latency":1}}',
        '{"name":"z","type":"noop","stream":"upstream"}',
        '{"ATTRIBUTES":{"LATENCY":7}}', '{"attributes":{"unknown":1}}',
        '{"attributes":{"latency":5},"toxicity":null}',
        '{"toxicity":80}', '{"attributes":{"latency":-1}}'),
        before=(MAKE_A, MAKE_TOXIC), after=(req("GET " + TOXIC), SHOW))
    each("update a toxic, badly", line, (
        "", "{", "[]", "1", '{"attributes":1}', '{"attributes":[]}',
        '{"attributes":{"latency":"x"}}', '{"attributes":{"latency":1.5}}',
        '{"toxicity":"x"}', '{"toxicity":[]}', '{"toxicity":1e40}'),
        before=(MAKE_A, MAKE_TOXIC))
    group("update no toxic", MAKE_A, req(line, "{}"), req(line, "{"))
group("a failed update changes nothing", MAKE_A, MAKE_TOXIC,
      req("PATCH " + TOXIC, '{"attributes":{"latency":5,"jitter":"x"}}'),
      req("GET " + TOXIC, key="M26", want='200 .*"latency":100,"jitter":10'))

# ---- populate

POPULATE = "POST /populate"
each("populate", POPULATE, (
    "[%s]" % A, "[%s,%s]" % (A, B), "[%s]" % OFF,
    "[%s]rubbish" % A, '[{"name":"a","listen":"localhost:@A@",%s}]' % UP,
    '[{"name":"a","listen":"127.0.0.1:@A@",%s,"enabled":null}]' % UP),
    after=(LIST,))
each("populate nothing", POPULATE, (
    different("D1", r'201 \{"proxies":\[\]\}', "[]"),
    different("D1", r'201 \{"proxies":\[\]\}', "null")), after=(LIST,))
each("populate badly", POPULATE, (
    "", "{", "{}", A, '"x"', "1", "[1]", '["a"]', "[[]]", "[null]",
    "[{}]", '[{"name":"a"}]', "[%s,{}]" % A, '[%s,{"name":"b"}]' % A,
    '[%s,{"upstream":"x"}]' % A, '[{"name":1}]',
    '[{"name":"a",%s,"enabled":1}]' % UP), before=(MAKE_B,), after=(LIST,))
each("populate, partly", POPULATE, (
    '[%s,{"name":"b","listen":"127.0.0.1:@BUSY@",%s}]' % (A, UP),
    '[%s,{"name":"b","listen":"local373",%s},%s]' % (
        A, UP, '{"name":"c","listen":"127.0.0.1:0",%s}' % UP),
    '[{"name":"b","listen":"127.0.0.1:@BUSY@",%s}]' % UP),
    after=(LIST,))
each("populate again", POPULATE, (
    "[%s]" % A, '[{"name":"a","listen":"localhost:@A@",%s}]' % UP,
    "[%s]" % OFF, "[%s,%s]" % (A, B),
    '[{"name":"a","listen":"127.0.0.1:@B@",%s}]' % UP,
    '[{"name":"a","listen":"127.0.0.1:@A@","upstream":"other"}]'),
    before=(MAKE_A, MAKE_TOXIC), after=(LIST,))
each("populate, the old one stays", POPULATE, (
    '[{"name":"a","listen":"127.0.0.1:@BUSY@",%s}]' % UP,),
    before=(MAKE_A, MAKE_TOXIC))
group("populate, the old one stays as it was", MAKE_A, MAKE_TOXIC,
      req(POPULATE, '[{"name":"a","listen":"127.0.0.1:@BUSY@",%s}]' % UP),
      req("GET /proxies/a", key="M27", want='200 .*"enabled":true'))
each("populate with a name twice", POPULATE, (
    different("O7", '201 .*"enabled":true.*"enabled":true',
              '[%s,{"name":"a","listen":"127.0.0.1:@B@",%s}]' % (A, UP)),),
    after=(LIST,))

# ---- reset

RESET = req("POST /reset")
group("reset nothing", RESET, LIST)
group("reset", MAKE_A, MAKE_TOXIC, MAKE_B, req(UPDATE, '{"enabled":false}'),
      RESET, LIST)
group("reset with a body", MAKE_A, MAKE_TOXIC, req("POST /reset", "{"), LIST)
group("reset that cannot", MAKE_OFF, MAKE_TOXIC, req(
    PROXIES, '{"name":"b","listen":"127.0.0.1:@A@",%s}' % UP), RESET,
    req("GET /proxies/a"))

# ---- wildcards

group("a wildcard again", req(
    PROXIES, '{"name":"a","listen":"0.0.0.0:@A@",%s}' % UP), MAKE_TOXIC,
    req(POPULATE, '[{"name":"a","listen":"0.0.0.0:@A@",%s}]' % UP, key="M28",
        want='201 .*"name":"latency_downstream"'))
