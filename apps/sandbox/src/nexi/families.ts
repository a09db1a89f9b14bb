import type { AgreementKind } from './model.js';

/** The two families of agreements speak the same, in other words. */
export interface Family {
  readonly kind: AgreementKind;
  readonly path: string;
  readonly idName: string;
  readonly listName: string;
}

export const FAMILIES: readonly Family[] = [
  {
    kind: 'unscheduled',
    path: '/unscheduledsubscriptions',
    idName: 'unscheduledSubscriptionId',
    listName: 'unscheduledSubscriptions',
  },
  {
    kind: 'scheduled',
    path: '/subscriptions',
    idName: 'subscriptionId',
    listName: 'subscriptions',
  },
];

export const familyOf = (kind: AgreementKind): Family => {
  const [unscheduled, scheduled] = FAMILIES as [Family, Family];
  return kind === 'unscheduled' ? unscheduled : scheduled;
};
