// A mutant is noticed by the first case that fails; the smallest one is looked for where a person reads it.
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
