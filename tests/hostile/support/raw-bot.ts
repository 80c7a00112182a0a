/**
 * A bot of the image without a language policy: it attacks when told to, and else says what it finds
 * in its container, which must be the same as if nothing had happened.
 */
const BOT = `
import ctypes, json, mmap, os, re, resource, signal, socket, stat, subprocess, sys, threading, time

def post(body):
    return {'posts': [{'kind': 'bot', 'body': body}], 'output': ''}

def sockets():
    found = []
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode): found.append(fd)
        except OSError: pass
    return found

def found():
    mounts = open('/proc/self/mountinfo').read() + open('/proc/self/cgroup').read()
    return post({
        'container': re.search('docker/(?:containers/)?([0-9a-f]{64})', mounts).group(1),
        'processes': len([name for name in os.listdir('/proc') if name.isdigit()]),
        'files': os.listdir('/workspace'),
        'mode': oct(os.stat('/workspace').st_mode & 0o7777),
        'xattrs': os.listxattr('/workspace'),
    })

def run(r):
    if r['hook'] != 'on_message': return {'posts': [], 'output': ''}
    return attack(r) if r['args'][0]['body'] == {'text': 'attack'} else found()

def attack(r):
`;

/** @param attack the body of `attack(r)`, without indentation */
export function rawBot(attack: string): string {
  return BOT + attack.replace(/^/gm, '    ') + '\n';
}

/** Its attack takes all the time there is. */
export const LOOP = rawBot("open('/workspace/here', 'w').close()\nwhile True: pass");

/** Its attack is none. */
export const HONEST = rawBot('return post({})');

/** What an undisturbed container looks like from inside, beside its id. */
export const CLEAN = { processes: 2, files: [], mode: '0o700', xattrs: [] };

/** An honest bot of that image. */
export const RAW_ECHO = `
def run(r):
    if r['hook'] != 'on_message': return {'posts': [], 'output': ''}
    return {'posts': [{'kind': 'bot', 'body': {'echo': r['args'][0]['body']}}], 'output': ''}
`;
