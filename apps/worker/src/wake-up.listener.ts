import pg from 'pg';
import { WAKE_CHANNEL } from '#merchants';
import type { Logger } from '#platform/logging';

/** Polling finds everything meanwhile, so a lost connection is no hurry. */
const RECONNECT_MS = 2_000;

/** Hears `lane:account` on the one direct connection. It only wakes; what it misses is found by looking. */
export class WakeUpListener {
  private client: pg.Client | undefined;
  private isClosed = false;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  async start(onWake: (lane: string) => void): Promise<void> {
    if (this.isClosed) return;
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'refrain-wake-ups',
    });
    this.client = client;
    let isLost = false;
    const lost = (error?: Error) => {
      if (isLost || this.isClosed) return;
      isLost = true;
      this.logger.warn(
        { err: error },
        'the wake-up connection was lost; looking each second goes on',
      );
      setTimeout(() => void this.start(onWake), RECONNECT_MS).unref();
    };
    client.on('error', lost);
    client.on('end', () => lost());
    client.on('notification', ({ payload }) => onWake(payload?.split(':')[0] ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${WAKE_CHANNEL}`);
    } catch (error) {
      lost(error as Error);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.client?.end().catch(() => undefined); // already gone
  }
}
