/** Attacks on the machine's resources, as bots of the image that has no language policy. */
export const ATTACKS: Readonly<Record<string, string>> = {
  'infinite loop': 'def run(request):\n    while True: pass',
  'loop in C that holds the GIL': 'def run(request):\n    sum(range(10 ** 15))',
  'fork bomb':
    'import os\ndef run(request):\n    while True:\n        try: os.fork()\n        except OSError: pass',
  'thread bomb':
    'import threading, time\ndef run(request):\n    while True:\n        try: threading.Thread(target=time.sleep, args=(60,)).start()\n        except RuntimeError: pass',
  'out of memory':
    "import os\ndef run(request):\n    held = []\n    os.fork()\n    while True: held.append(bytearray(b'x' * 1000000))",
  'workspace full':
    "def run(request):\n    with open('/workspace/f', 'wb', 0) as file:\n        while True:\n            try: file.write(b'x' * 1000000)\n            except OSError: file.truncate(0); file.seek(0)",
  'inodes full':
    "import os\ndef run(request):\n    n = 0\n    while True:\n        try: os.close(os.open('/workspace/%d' % n, os.O_CREAT)); n += 1\n        except OSError: n = 0; [os.unlink('/workspace/' + one) for one in os.listdir('/workspace')]",
  'file descriptors exhausted':
    "import os\ndef run(request):\n    held = []\n    while True:\n        try: held.append(os.open('/dev/null', 0))\n        except OSError: [os.close(held.pop()) for _ in range(50)]",
  'reply flood': "import os\ndef run(request):\n    return b'x' * 64000000",
  'system calls without end': 'import os\ndef run(request):\n    while True: os.getppid()',
};

/** Answers each message with the same words. */
export const HONEST =
  "def run(request):\n    if request['hook'] != 'on_message': return {'posts': [], 'output': ''}\n    return {'posts': [{'kind': 'bot', 'body': {'type': 'pong'}}], 'output': ''}";
