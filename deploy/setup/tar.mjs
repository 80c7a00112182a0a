/** A tar archive in memory (POSIX ustar), for the few small files of an image's build context. */

const BLOCK = 512;

/**
 * @param {readonly { name: string, content: Buffer, mode?: number }[]} files names of at most 100 bytes
 * @returns {Buffer}
 */
export function tar(files) {
  const parts = files.flatMap(({ name, content, mode = 0o644 }) => [
    header(name, content.length, mode),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** @param {string} name @param {number} size bytes @param {number} mode */
function header(name, size, mode) {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name} is too long a name for this archive`);
  const block = Buffer.alloc(BLOCK);
  const octal = (/** @type {number} */ value, /** @type {number} */ width) =>
    `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  // Times are fixed, so that the engine's layer cache depends on contents alone.
  block.write(octal(0, 12), 136);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
