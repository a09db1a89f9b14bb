import { formatChildLine } from './child-lines.js';

describe('a line of a child', () => {
  it('is shown as time, process, message and what goes with it', () => {
    const line = JSON.stringify({
      level: 'info',
      time: '2026-11-22T12:00:01.000Z',
      name: 'api',
      msg: 'settled',
      charges: 3,
      cause: 'two words',
    });
    expect(formatChildLine('api', line, false)).toBe(
      '12:00:01 api      settled charges=3 cause="two words"',
    );
  });

  it('keeps the stack of an error below it', () => {
    const line = JSON.stringify({
      level: 'error',
      time: '',
      msg: 'failed',
      err: { stack: 'at x' },
    });
    expect(formatChildLine('worker', line, false)).toMatch(/failed\nat x$/);
  });

  it('passes on what is no log line', () => {
    expect(formatChildLine('api', '{ not JSON', false)).toMatch(/ api {6}\{ not JSON$/);
  });
});
