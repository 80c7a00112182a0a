import { printable, wrap } from '../cli/text.ts';

const WIDTH = 100;
const INDENT = '   ';

/** Prints what happens as a person would want to read it. */
export class Transcript {
  readonly #print: (line: string) => void;
  #chapters = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  title(text: string): void {
    this.#print(text);
  }

  chapter(text: string): void {
    this.#chapters++;
    this.#print(`\n${this.#chapters}. ${text}`);
  }

  /** One thing that happened. */
  say(text: string): void {
    this.#block(INDENT, text);
  }

  /** A value to look at or to copy, on a line of its own, never broken. */
  value(name: string, text: string): void {
    this.#print(`${INDENT}${INDENT}${name.padEnd(10)} ${printable(text)}`);
  }

  /** What somebody said in the channel: number of the message, who, what. */
  line(id: number, who: string, text: string): void {
    const head = `${INDENT}#${String(id).padEnd(4)}${who.padEnd(9)} `;
    this.#block(head, text);
  }

  end(text: string): void {
    this.#print('');
    this.#block('', text);
  }

  /** Text behind a head, its further lines below its first one. */
  #block(head: string, text: string): void {
    const [first = '', ...more] = wrap(printable(text), WIDTH - head.length);
    this.#print(head + first);
    for (const line of more) this.#print(' '.repeat(head.length) + line);
  }
}
