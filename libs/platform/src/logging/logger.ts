import { type DestinationStream, type Logger, pino } from 'pino';
import { redactText } from './redact-text.js';
import { standardOutput } from './standard-output.js';

export type { Logger } from 'pino';

/** Fields that hold secrets or card data wherever they appear. */
const SECRET_FIELDS = [
  ...[
    'authorization',
    'Authorization',
    'password',
    'pwd_2digit',
    'secret',
    'token',
    'access_token',
  ],
  ...[
    'apiKey',
    'imp_key',
    'imp_secret',
    'secretKey',
    'credentials',
    'encryptionKeys',
    'databaseUrl',
  ],
  ...['databaseListenUrl', 'cookie', 'card', 'cardNumber', 'card_number', 'expiry', 'birth', 'cvc'],
  ...['DATABASE_URL', 'DATABASE_LISTEN_URL', 'ENCRYPTION_KEYS', 'DEMO_API_KEY'],
];
/** As deep as anything we log is nested: `{ request: { headers: { authorization } } }`. */
const DEPTHS = ['', '*.', '*.*.'];

export interface LoggerOptions {
  readonly level: string;
  /** Which process speaks: api, worker, sandbox, … */
  readonly name: string;
  /** Where it goes; standard output unless told. */
  readonly stream?: DestinationStream;
}

/**
 * Only what a reader needs: an HTTP client's error carries its whole request, credentials included.
 */
const presentError = (error: unknown): object => {
  if (!(error instanceof Error)) return { message: redactText(String(error)) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message: redactText(message),
    stack: stack && redactText(stack),
    ...(cause === undefined ? {} : { cause: presentError(cause) }),
  };
};

/** JSON lines. Written before the call returns, as long as somebody reads them: the last words before a crash are the ones that matter. */
export const createLogger = ({ level, name, stream }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: presentError, error: presentError },
      redact: {
        paths: DEPTHS.flatMap((depth) => SECRET_FIELDS.map((field) => depth + field)),
        censor: '[redacted]',
      },
      hooks: {
        logMethod(args, method) {
          const clean = args.map((arg: unknown) =>
            typeof arg === 'string' ? redactText(arg) : arg,
          );
          method.apply(this, clean as Parameters<typeof method>);
        },
      },
    },
    stream ?? standardOutput(),
  );
