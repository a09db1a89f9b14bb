import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { SUPERUSER } from './cluster.js';

export interface Credentials {
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

/**
 * The database of the product, and the role that owns it: it may make the app's role, and is no
 * superuser.
 */
export const DATABASE = 'refrain';
const OWNER = 'refrain';

const urlFor = (user: string, password: string, at: { port: number; database: string }): string =>
  `postgresql://${user}:${password}@127.0.0.1:${at.port}/${at.database}`;

export const ownerUrl = (credentials: Credentials, port: number): string =>
  urlFor(OWNER, credentials.ownerPassword, { port, database: DATABASE });

/**
 * Makes owner and database where they are missing, at every start: a crash may have come between
 * the two.
 */
export const ensureOwnerAndDatabase = async (credentials: Credentials, port: number) => {
  const client = new Client({
    connectionString: urlFor(SUPERUSER, credentials.superuserPassword, {
      port,
      database: 'postgres',
    }),
  });
  await client.connect();
  try {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [OWNER]);
    if (roles.rowCount === 0) {
      await client.query(
        `CREATE ROLE ${escapeIdentifier(OWNER)} LOGIN CREATEROLE CREATEDB
         PASSWORD ${escapeLiteral(credentials.ownerPassword)}`,
      );
    }
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      DATABASE,
    ]);
    if (databases.rowCount === 0) {
      await client.query(`CREATE DATABASE ${DATABASE} OWNER ${escapeIdentifier(OWNER)}`);
    }
  } finally {
    await client.end();
  }
};
