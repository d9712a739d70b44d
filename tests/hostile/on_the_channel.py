"""Submissions that find the connection to the grader and write on it themselves."""

from __future__ import annotations

from submission import TWICE, Hostile

# `frame` writes the right turn on its messages, since a submission can find it out. Who talks out of turn is out of
# step from then on: its process is ended, and the exercises that are right count in a new one.

IN_A_CELL = [
    Hostile(
        "the end of the cell, announced twice",
        opening="print('sent')\nchannel().sendall(frame(['done', 'ok', 1]))",
        twice=TWICE,
        scores=(3, 2),
        says="",
    ),
    Hostile(
        "the end of the cell, announced a second later by a thread",
        opening="""
late = frame(['done', 'ok', 1])
threading.Timer(0.5, lambda: channel().sendall(late)).start()
print('to come')""",
        closing="time.sleep(1)",
        twice=TWICE,
        scores=(3, 2),
        says="to come",
    ),
    Hostile(
        "the end of the cell, under another turn",
        opening="print('sent')\nservice()._channel.turn += 1\nchannel().sendall(frame(['done', 'ok', 1]))",
        twice=TWICE,
        scores=(3, 2),
        says="no answer to what was asked",
    ),
    Hostile(
        "results of test cells, sent in advance",
        opening="""
c = channel()
for _ in range(5):
    c.sendall(show("execute_result", {"data": {"text/plain": "3.0"}, "metadata": {}, "execution_count": 3}))
    c.sendall(frame(["done", "ok", 1]))
    c.sendall(frame(["returned", 6.0, [], [], "", "", [False, False]]))""",
        says="3.0",
    ),
    Hostile(
        "messages of the tester to the grader",
        opening="""
c = channel()
for message in (["died", "x"], ["revive"], ["attach"], ["cell", "print(1)", 1, 9.0], ["why", "x"], [], [[]], 3, None):
    c.sendall(frame(message))""",
        says="it sent a malformed message",
    ),
    Hostile(
        "no message at all",
        opening="channel().sendall(b'GET / HTTP/1.1\\r\\nHost: grader\\r\\n\\r\\n' * 100)",
        says="what came is no message",
    ),
    Hostile(
        "a message that claims four gigabytes",
        opening="channel().sendall(head(0xFFFFFFFF, 0xFFFFFFFF))",
        says="larger than a message may be",
    ),
    Hostile(
        "half a message, and then silence",
        # So large a half that nothing of the shell's own, which may follow at any time, completes it.
        opening="channel().sendall(frame(['done', 'ok', 'x' * 500_000])[:-400_000])\nprint('half')\ntime.sleep(60)",
        seconds=2,
        says="stopped after 2 s",
    ),
    Hostile(
        "thirty million lists in one message",
        opening="channel().sendall(frame(b'\\xdd' + struct.pack('!I', 400)"
        " + (b'\\xdd' + struct.pack('!I', 75000) + b'\\x90' * 75000) * 400))",
        says="The process was ended",
    ),
    Hostile(
        "lists ten thousand deep",
        opening="channel().sendall(frame(b'\\x91' * 10_000 + b'\\xc0'))",
        says="a message is malformed",
    ),
    Hostile(
        "lists nine hundred deep",
        opening="channel().sendall(frame(b'\\x91' * 900 + b'\\xc0'))",
        says="a message is malformed",
    ),
    Hostile(
        "maps, extension types and times",
        opening="channel().sendall(frame(b'\\x93\\x81\\xa1a\\x01\\xc7\\x04\\x05abcd\\xd6\\xff\\x00\\x00\\x00\\x00'))",
        says="a message is malformed",
    ),
    Hostile(
        "pickled code",
        opening="""
import pickle
class Run:
    def __reduce__(self): return os.system, ("touch /tmp/" + ESCAPED,)
channel().sendall(frame(pickle.dumps(Run())))""",
        says="The process was ended",
    ),
    Hostile(
        "output as JSON of ten million lists",
        opening="channel().sendall(show('display_data', '{\"data\":{\"a/json\":[' + '[],' * 10_000_000 + '[]]}}'))",
        says="The process was ended",
    ),
    Hostile(
        "output as JSON nine hundred deep",
        opening="""
deep = "[" * 900 + "]" * 900
c = channel()
c.sendall(show("display_data", '{"data": {"application/json": ' + deep + '}, "metadata": {}}'))
c.sendall(show("display_data", '{"data": {"text/plain": "x"}, "metadata": {"a": ' + deep + '}}'))
print("deep")""",
        says="",
    ),
    Hostile(
        "output whose text is no Unicode",
        opening="""
c = channel()
c.sendall(show("stream", {"name": "stdout", "text": "\\ud800 broken"}))
c.sendall(show("display_data", {"data": {"text/\\udfff": "\\ud800"}, "metadata": {"\\ud800": "\\ud801"}}))
c.sendall(show("error", {"ename": "\\ud800", "evalue": "\\ud800", "traceback": ["\\ud800"]}))
print("\\ud800 printed")
sys.stderr.write("\\udcff")""",
        says="broken",
    ),
    Hostile(
        "output with the wrong types in it",
        opening="channel().sendall(show('stream', {'name': 'stdout', 'text': ['x', 1]}))",
        says="The process was ended",
    ),
    Hostile(
        "output of kinds that no notebook has",
        opening="""
c = channel()
for kind in ("input_request", "comm_open", "shutdown_request", "status", "execute_input", "", "a" * 100000):
    c.sendall(show(kind, {"content": 1}))
c.sendall(show("execute_result", {"data": {}, "metadata": {}, "execution_count": -(10 ** 30)}))
print("sent")""",
        says="sent",
    ),
    Hostile(
        "output numbers that JSON does not have",
        opening="""
c = channel()
c.sendall(show("display_data", '{"data": {"application/json": [1e999, -1e999]}, "metadata": {"a": 1e999}}'))
print("sent")""",
        says="sent",
    ),
    Hostile(
        "hundreds of megabytes of output, past its own limit",
        opening="""
c = channel()
for _ in range(40):
    c.sendall(show("stream", {"name": "stdout", "text": "x" * (8 << 20)}))""",
        says="far more output than a cell may make",
    ),
    Hostile(
        "a connection that it closes",
        opening="os.close(channel().detach())\nfor n in range(3, 60):\n    try: os.close(n)\n    except OSError: pass",
        says="The kernel died in this cell",
    ),
]


def _answers(code: str, says: str, name: str) -> Hostile:
    """The first exercise's answer writes to the channel itself."""
    return Hostile(
        name,
        twice=f"def twice(x):\n    c = channel()\n    print('sending')\n    {code}\n    return x",
        says=says,
    )


IN_A_CALL = [
    _answers("c.sendall(frame(['returned', 6.0, [], [], '', '', [False, False]]) * 3)", "got: 6", "answers in advance"),
    _answers(
        "service()._channel.turn += 1; c.sendall(frame(['returned', 6.0, [], [], '', '', [False, False]]))",
        "no answer to what was asked",
        "an answer to another question",
    ),
    _answers(
        "last = frame(['returned', 6.0, [], [], '', '', [False, False]])\n"
        "    threading.Timer(0.2, lambda: channel().sendall(last)).start()",
        "sending",
        "answers that come late",
    ),
    _answers("c.sendall(frame(['done', 'ok', 1]))", "not allowed", "the end of the test cell"),
    _answers(
        "c.sendall(show('execute_result', {'data': {'text/plain': '3.0'}, 'metadata': {}, 'execution_count': 1}))",
        "not allowed",
        "a result of the test cell",
    ),
    _answers("c.sendall(frame(b'\\x91' * 100_000 + b'\\xc0'))", "not allowed", "an answer a hundred thousand deep"),
    _answers(
        "c.sendall(frame(['returned', [2, 'list', 0], [], [], '', '', [False, False]])); "
        "node = 1.5\n    for _ in range(200): node = [2, 'list', [node]]\n"
        "    c.sendall(frame(['returned', node, [], [], '', '', [False, False]]))",
        "not allowed",
        "an answer two hundred lists deep",
    ),
    _answers(
        "c.sendall(frame(b'\\x96\\xa8returned' + b'\\xdd' + struct.pack('!I', 400)"
        " + (b'\\xdd' + struct.pack('!I', 75000) + b'\\x90' * 75000) * 400 + b'\\x90\\x90\\xa0\\xa0'))",
        "not allowed",
        "an answer of thirty million lists",
    ),
    _answers("c.sendall(head(1, 1, 1 << 50))", "not allowed", "an answer of a petabyte"),
    _answers(
        "node = [11, '<f8', [1 << 40], False, True, 0]; "
        "c.sendall(frame(['returned', node, [], [], '', '', [False, False]], [bytes(8)]))",
        "not allowed",
        "an array whose shape is a lie",
    ),
    _answers(
        "big = bytes(1 << 20)\n    c.sendall(head(1, 1, 1 << 30))\n    for _ in range(1024): c.sendall(big)",
        "not allowed",
        "a gigabyte of answer",
    ),
    _answers(
        "c.sendall(frame(['returned', 6.0, [[0, 6.0], [1, [2, 'list', []]]], [], '', '', [False, False]]))",
        "not allowed",
        "changes of arguments that were not sent",
    ),
    _answers(
        "import pickle; c.sendall(head(9, 0) + pickle.dumps(print)[:9])",
        "not allowed",
        "a pickle",
    ),
    _answers(
        "c.sendall(frame(['returned', [23, ['object', 1, b'\\xff' * 9, 'float', ['builtins.float'],"
        " ['class', 'subprocess.Popen'], 0]], [], [], '', '', [False, False]]))",
        "",
        "an object that claims to be a class of the tester's",
    ),
    _answers(
        "error = [['builtins.KeyboardInterrupt'], 'x', None, None, [], [], [], None]; "
        "c.sendall(frame(['raised', error, [], [], '', '', [False, False]]))",
        "KeyboardInterrupt: x",
        "an exception that would end the tester",
    ),
    _answers(
        "for n in range(50): c.sendall(frame(['callback', n, [], []]))",
        "not allowed",
        "calls of functions that were not passed",
    ),
    _answers(
        "while True: c.sendall(frame(['files']))",
        "not allowed",
        "news of files without end",
    ),
    _answers("c.close(); os.kill(os.getpid(), 9)", "killed by signal 9", "no answer but its death"),
    _answers("c.shutdown(2); time.sleep(30)", "its connection closed", "a connection that it shuts"),
    _answers(
        "import array; c.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 1, 2]))])",
        "not allowed",
        "descriptors sent to the tester",
    ),
]

CHANNEL = {"messages in a cell": IN_A_CELL, "messages in a call": IN_A_CALL}
