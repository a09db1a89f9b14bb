export interface Settings {
  readonly port: number;
  /** Given up only where nothing has to survive: a cluster of tests, thrown away after them. */
  readonly isDurable: boolean;
}

/**
 * What differs from PostgreSQL's defaults. Unset for tests: durability, which costs them two thirds
 * of their time.
 */
export const renderSettings = ({ port, isDurable }: Settings): string => {
  const common = [
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    // The default folder may not be writable, and one way in is enough.
    "unix_socket_directories = ''",
    // Pools of api, worker, sandbox, console and a few operators, with room to run several workers.
    'max_connections = 200',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    // Our statements are short; compiling them costs more than it saves.
    'jit = off',
    // A young database has no statistics, and every table of ours begins its keys with the merchant: until it is analysed, plans go astray.
    'autovacuum_naptime = 5s',
    // No disk of today is four times slower out of order, and most of what we read is in memory anyway: the rows of a batch are looked up, not the
    // table read through.
    'random_page_cost = 1.1',
  ];
  const durable = [
    // One file a weekday, written over after a week: the log stays bounded.
    'logging_collector = on',
    "log_directory = 'log'",
    "log_filename = 'postgresql-%a.log'",
    'log_truncate_on_rotation = on',
    'log_rotation_age = 1d',
    'log_rotation_size = 0',
  ];
  const fleeting = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off'];
  return [...common, ...(isDurable ? durable : fleeting), ''].join('\n');
};
