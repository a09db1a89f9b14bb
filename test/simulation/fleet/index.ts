// The fleet: real processes of a test build over a real, durable PostgreSQL, with our proxies between them; for the simulation and for named
// scenarios. `buildTestProduct` compiles, `startFleet` starts, `fleet.close` leaves nothing behind.
export { closeFleets, shortTimesAt, startFleet, type Fleet, type FleetOptions } from './fleet.js';
export { Member } from './member.js';
export { CrashingPostgres, POSTGRES_CRASHES, type PostgresCrash } from './postgres.js';
export { createProxy, type Proxy, type Trouble } from './proxy.js';
