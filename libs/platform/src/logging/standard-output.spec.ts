import { once } from 'node:events';
import { Writable } from 'node:stream';
import { unhurried } from './standard-output.js';

const LINE = `${'x'.repeat(1023)}\n`;
/** More than a reader may be behind. */
const MANY = 1_100;

/** A pipe whose reader can be told to read on. */
const openPipe = () => {
  const seen: string[] = [];
  let isRead = true;
  let goOn: (() => void) | undefined;
  const pipe = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      seen.push(line);
      if (isRead) done();
      else goOn = done;
    },
  });
  return {
    ...{ pipe, seen },
    halt: () => (isRead = false),
    readOn: () => {
      isRead = true;
      goOn?.();
    },
  };
};

describe('a log that nobody reads', () => {
  it('is written as it comes while somebody does', () => {
    const { pipe, seen } = openPipe();
    const stream = unhurried(pipe);
    stream.write(LINE);
    stream.write(LINE);
    expect(seen).toEqual([LINE, LINE]);
  });

  it('drops what goes beyond a megabyte, and tells how much when it is read again (row 96)', async () => {
    const { pipe, seen, halt, readOn } = openPipe();
    const stream = unhurried(pipe);
    halt();
    for (let n = 0; n < MANY; n += 1) stream.write(LINE);
    expect(pipe.writableLength).toBeLessThan(1_100_000);
    const drained = once(pipe, 'drain');
    readOn();
    await drained;
    stream.write('after\n');
    const [told, last] = seen.slice(-2);
    expect(JSON.parse(told!)).toMatchObject({ level: 'warn', dropped: MANY - (seen.length - 2) });
    expect(last).toBe('after\n');
  });
});
