import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

const listen = (level = 'trace') => {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return { lines, logger: createLogger({ level, name: 'api', stream }) };
};

describe('the log', () => {
  it('writes JSON lines with time, level and the process that speaks', () => {
    const { lines, logger } = listen();
    logger.info({ charges: 3 }, 'settled');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      name: 'api',
      msg: 'settled',
      charges: 3,
    });
  });

  it('never writes credentials or card data', () => {
    const { lines, logger } = listen();
    logger.info({ request: { headers: { authorization: 'Bearer abc' } }, imp_secret: 'hush' }, 'x');
    logger.info('connecting to postgresql://refrain:hunter2@db:5432/refrain');
    logger.info({ card: { number: '4111111111111111' } }, 'card 4111 1111 1111 1111 declined');
    logger.error({ err: new Error('sent Authorization: Bearer abcdefghijkl') }, 'failed');
    const all = lines.join('');
    for (const secret of ['Bearer abc', 'hush', 'hunter2', '4111', 'abcdefghijkl']) {
      expect(all).not.toContain(secret);
    }
    expect(all).toContain('postgresql://refrain:[redacted]@db:5432/refrain');
  });

  it('keeps of an error only its sort, message and stack', () => {
    const { lines, logger } = listen();
    logger.error({ err: Object.assign(new Error('no'), { config: { auth: 'hush' } }) }, 'failed');
    expect(Object.keys(JSON.parse(lines[0]!).err)).toEqual(['type', 'message', 'stack']);
  });

  it('leaves ids and times readable', () => {
    const { lines, logger } = listen();
    logger.info('charge 0198c5d2-7f3a-7000-8000-000000000001 due 2026-11-22T00:00:00Z');
    expect(JSON.parse(lines[0]!).msg).toContain('0198c5d2-7f3a-7000-8000-000000000001');
  });

  it('speaks for Nest, quietly', () => {
    const { lines, logger } = listen('info');
    const nest = new NestLogger(logger);
    nest.log('Mapped route', 'RouterExplorer');
    nest.error('it broke', 'the stack', 'Charges');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      msg: 'it broke',
      context: 'Charges',
      stack: 'the stack',
    });
  });
});
