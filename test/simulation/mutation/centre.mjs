/** The pure decisions about money, each with the specs that hold it: its own and no others. Many a mutant lives in a table that is read as its
 * module is loaded, so that every spec of its run is loaded anew for it; with all of them that takes hours, with its own minutes. */
export const CENTRE = [
  ['libs/kernel/src/money.ts', 'libs/kernel/src/money'],
  ['libs/charges/src/{charge-state,provider-reference}.ts', 'libs/charges/src/(charge-state(-table)?|provider-reference)'],
  ['libs/charges/src/{settlement,retry,resolution,card-change,downtime}.ts', 'libs/charges/src/(settlement|resolution|card-change|downtime)'],
  ['libs/charges/src/{look,undecided-look,of-this-charge,earlier-attempts}.ts', 'libs/charges/src/((undecided-)?look(-replay)?|of-this-charge|earlier-attempts)'],
  ['libs/charges/src/{refund,refund-resolution,provider-refund}.ts', 'libs/charges/src/(provider-)?refund(-resolution)?'],
  ['libs/dunning/src/{retry-decision,network-budget}.ts', 'libs/dunning/src/(retry-decision|network-budget)'],
  ['libs/bulk-charges/src/provider-operation.ts', 'libs/bulk-charges/src/provider-operation'],
  ['libs/providers/portone/src/{refusals,failure-codes}.ts', '(libs/providers/portone/src|test/conformance)/failure-codes'],
  ['libs/providers/portone/src/classify-charge.ts', 'libs/providers/portone/src/classify-charge'],
  ['libs/providers/nexi/src/failure-codes.ts', '(libs/providers/nexi/src|test/conformance)/failure-codes'],
  ['libs/providers/nexi/src/classify-charge.ts', 'libs/providers/nexi/src/classify-charge'],
].map(([mutate, specs]) => ({ mutate, specs: `${specs}\\.spec\\.ts$` }));
