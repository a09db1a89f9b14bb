import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortoneDriver } from '../portone/testing/portone.driver.js';

/** What a process killed at this moment leaves behind: its files as they are. */
const leftBehind = (dataDir: string, root: string): string => {
  const copy = mkdtempSync(join(root, 'killed-'));
  cpSync(dataDir, copy, { recursive: true });
  return copy;
};

describe('state on disk', () => {
  let root: string;
  let dataDir: string;
  let portone: PortoneDriver;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'sandbox-'));
    dataDir = mkdtempSync(join(root, 'data-'));
    portone = await PortoneDriver.start({ dataDir });
  });
  afterEach(async () => {
    await portone.close();
    rmSync(root, { recursive: true, force: true });
  });

  const reopen = async (killed: string): Promise<PortoneDriver> => {
    await portone.close();
    portone = await PortoneDriver.start({ dataDir: killed });
    return portone;
  };

  it('has every answered payment, key, token and ledger line after a kill', async () => {
    const key = await portone.makeKey();
    const { token } = portone;
    const payments: unknown[] = [];
    for (let index = 0; index < 50; index += 1) {
      payments.push((await portone.again(key, `kill-${index}`)).response);
    }
    await portone.post('/payments/cancel', { merchant_uid: 'kill-3', amount: 100 });
    const ledger = await portone.ledger();
    const again = await reopen(leftBehind(dataDir, root));
    expect(again.token).toBe(token);
    expect(await again.ledger()).toEqual(ledger);
    expect((await again.get('/payments/find/kill-7')).response).toEqual(payments[7]);
    expect((await again.get('/payments/find/kill-3')).response.cancel_amount).toBe(100);
    expect((await again.again(key, 'kill-9')).code).toBe(1);
    const requests = await again.control('/requests?reference=kill-7', undefined, 'GET');
    expect(requests).toHaveLength(2);
  });

  it('has the clocks too, and what was scheduled fires after the kill', async () => {
    const key = await portone.makeKey();
    await portone.moveClock(10 * 86_400);
    const schedule_at = portone.nowSeconds() + 100;
    await portone.schedule(key, [{ merchant_uid: 'later-1', schedule_at, amount: 5 }]);
    const again = await reopen(leftBehind(dataDir, root));
    expect(again.nowSeconds()).toBeGreaterThanOrEqual(schedule_at - 101);
    await again.moveClock(101);
    const { response } = await again.get('/subscribe/payments/schedule/later-1');
    expect(response.payment_status).toBe('paid');
    expect((await again.ledger()).filter((it) => it.reference === 'later-1')).toHaveLength(1);
  });

  it('takes what was changed by the clock alone to disk without a request', async () => {
    const key = await portone.makeKey();
    const schedule_at = portone.nowSeconds() + 1;
    await portone.schedule(key, [{ merchant_uid: 'alone-1', schedule_at, amount: 5 }]);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    const again = await reopen(leftBehind(dataDir, root));
    expect((await again.ledger()).map((it) => it.reference)).toEqual(['alone-1']);
  });

  it('drops what a kill cut off in the middle of a write, as nobody was told of it', async () => {
    const key = await portone.makeKey();
    await portone.again(key, 'whole-1');
    const killed = leftBehind(dataDir, root);
    const torn = JSON.stringify(['p', 'portone-payments', 'imps_1', { impUid: 'imps_1' }]);
    appendFileSync(join(killed, 'sandbox', 'journal.ndjson'), `${torn}\n["p","portone-pay`);
    const again = await reopen(killed);
    expect((await again.get('/payments/imps_1')).status).toBe(404);
    expect((await again.get('/payments/find/whole-1')).code).toBe(0);
    await again.again(key, 'whole-2');
    const twice = await reopen(leftBehind(killed, root));
    expect((await twice.get('/payments/find/whole-2')).code).toBe(0);
  });

  it('brings the ledger file level with the journal when the kill fell between the two', async () => {
    const key = await portone.makeKey();
    for (const uid of ['level-1', 'level-2', 'level-3']) await portone.again(key, uid);
    const killed = leftBehind(dataDir, root);
    const file = join(killed, 'sandbox', 'ledger.ndjson');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${lines[0]}\n${lines[1]?.slice(0, 20)}`);
    const again = await reopen(killed);
    expect((await again.ledger()).map((it) => it.reference)).toEqual([
      'level-1',
      'level-2',
      'level-3',
    ]);
    await again.again(key, 'level-4');
    expect(await again.ledger()).toHaveLength(4);
  });

  it('keeps the ledger whole when the journal is shortened', async () => {
    const key = await portone.makeKey();
    await portone.again(key, 'short-1');
    const { core } = portone.sandbox;
    for (let index = 0; index < 11_000; index += 1) core.switches.set('scheduleLatenessSeconds', 0);
    await portone.again(key, 'short-2');
    const again = await reopen(leftBehind(dataDir, root));
    const third = await reopen(leftBehind(again.sandbox.core.config.dataDir ?? '', root));
    expect((await third.ledger()).map((it) => it.reference)).toEqual(['short-1', 'short-2']);
    expect((await third.get('/payments/find/short-1')).code).toBe(0);
    const journal = readFileSync(
      join(third.sandbox.core.config.dataDir ?? '', 'sandbox', 'journal.ndjson'),
      'utf8',
    );
    expect(journal.split('\n').length).toBeLessThan(100);
  });

  it('is empty after a reset, tokens and default accounts apart', async () => {
    const key = await portone.makeKey();
    await portone.again(key, 'reset-1');
    await portone.moveClock(86_400);
    await portone.control('/reset');
    const again = await reopen(leftBehind(dataDir, root));
    expect(await again.ledger()).toEqual([]);
    expect((await again.get('/payments/find/reset-1')).status).toBe(404);
    expect((await again.again(key, 'reset-2')).code).toBe(1);
    expect(again.nowSeconds()).toBeLessThan(Date.now() / 1000 + 10);
    expect((await again.again(await again.makeKey(), 'reset-3')).response.status).toBe('paid');
  });

  it('puts the ledger where LEDGER_FILE says', async () => {
    const ledgerFile = join(root, 'elsewhere.ndjson');
    await portone.close();
    portone = await PortoneDriver.start({ ledgerFile });
    await portone.again(await portone.makeKey(), 'file-1');
    expect(readFileSync(ledgerFile, 'utf8')).toContain('"reference":"file-1"');
  });
});
