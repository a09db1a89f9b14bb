import { encryptionKeys } from './encryption-key.js';
import {
  oneOf,
  optional,
  optionalSecret,
  text,
  urlOf,
  wholeNumber,
  withDefault,
} from './variable.js';
import { z } from 'zod';

const POSTGRES = ['postgres:', 'postgresql:'] as const;
const WEB = ['http:', 'https:'] as const;
const port = () => wholeNumber(1, 65_535);

/** Where this process runs and what it may use. */
export const environment = {
  NODE_ENV: withDefault(
    oneOf(['development', 'test', 'production']),
    'development',
    '`production` asks for ENCRYPTION_KEYS and takes GraphiQL away.',
  ),
  DATABASE_URL: optionalSecret(
    urlOf(POSTGRES),
    'The PostgreSQL (15 or newer) to use, as the owner of the database. Unset: an embedded ' +
      'one, kept in DATA_DIR.',
  ),
  DATABASE_LISTEN_URL: optionalSecret(
    urlOf(POSTGRES),
    'A direct connection for wake-ups, where DATABASE_URL goes through a pooler. Unset: ' +
      'DATABASE_URL.',
  ),
  DATABASE_POOL_SIZE: withDefault(
    wholeNumber(2, 500),
    '10',
    'Connections each process may hold. All processes together must stay below the server’s ' +
      'max_connections.',
  ),
  DATA_DIR: withDefault(text(), '.refrain', 'Where everything kept on this machine lives.'),
  HOST: withDefault(
    text(),
    '127.0.0.1',
    'The address to listen on. Loopback unless somebody asks for more; containers set 0.0.0.0.',
  ),
  PORT: withDefault(port(), '3000', 'GraphQL, webhooks, console and health.'),
  SANDBOX_PORT: withDefault(port(), '4010', 'The sandbox providers and their control API.'),
  SANDBOX_URL: optional(
    urlOf(WEB),
    'Where the sandbox is reached. Unset: SANDBOX_PORT on this machine.',
  ),
  METRICS_PORT: withDefault(
    port(),
    '9464',
    'Prometheus metrics; one process serves them for the whole `npm start`.',
  ),
  SERVE_METRICS: withDefault(
    oneOf(['0', '1']),
    '1',
    'Whether this process opens METRICS_PORT; `npm start` leaves it to the API.',
  ),
  ENCRYPTION_KEYS: optionalSecret(
    encryptionKeys(),
    '`id:base64,…`, 32 bytes each; the first one encrypts. Required in production, else ' +
      'generated once and kept in DATA_DIR.',
  ),
  PUBLIC_URL: optional(
    urlOf(WEB),
    'What providers call back and browsers return to. Unset: PORT on this machine.',
  ),
  LOG_LEVEL: withDefault(
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'info',
    'How much is logged.',
  ),
  DEMO_API_KEY: optionalSecret(
    text(),
    'Embedded mode: the API key of the merchant `demo`. Unset: generated, printed and kept in' +
      ' DATA_DIR/demo-api-key.',
  ),
  NODE_TLS_REJECT_UNAUTHORIZED: optional(
    z
      .string()
      .refine((value) => value !== '0', 'expected it unset: certificates are always checked'),
    'Must not be 0: provider credentials would go to whoever answers.',
  ),
  PREDECESSOR_PROVED_DEAD: withDefault(
    oneOf(['0', '1']),
    '0',
    'Set by `npm start` when the data folder’s lock proves that the processes before are ' +
      'dead; their leases end at once.',
  ),
};
