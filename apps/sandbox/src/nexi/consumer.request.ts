import { WITHOUT_MARKUP } from './order.request.js';
import type { Reader } from './reader.js';

const name = { required: true, max: 128, without: '<>\\' };
const country = { pattern: /^[A-Za-z]{3}$/, expected: 'a country code of three letters' };

type Json = Record<string, unknown>;

const readAddress = (address: Reader | undefined): Json | undefined =>
  address && {
    addressLine1: address.text('addressLine1', { required: true, max: 128 }),
    addressLine2: address.text('addressLine2', { max: 128 }),
    postalCode: address.text('postalCode', { required: true, max: 25 }),
    city: address.text('city', { required: true, max: 128 }),
    country: address.text('country', { required: true, ...country }),
  };

const readPhone = (phone: Reader | undefined): Json | undefined =>
  phone && {
    prefix: phone.text('prefix', {
      pattern: /^\+\d{1,3}$/,
      expected: 'a plus sign and 1 to 3 digits',
    }),
    number: phone.text('number', { max: 20, pattern: /^\d*$/, expected: 'digits' }),
  };

const readPerson = (person: Reader | undefined): Json | undefined =>
  person && { firstName: person.text('firstName', name), lastName: person.text('lastName', name) };

/** What the request says of the consumer, member by member: what is not known here is not kept. */
export const readConsumer = (checkout: Reader): Json | undefined => {
  const consumer = checkout.child('consumer');
  if (!consumer) return undefined;
  const person = consumer.child('privatePerson');
  const company = consumer.child('company');
  if (person && company)
    consumer.refuse('company', 'Expected either privatePerson or company, found both.');
  return {
    reference: consumer.text('reference', { max: 128, without: WITHOUT_MARKUP }),
    email: consumer.text('email', {
      max: 128,
      pattern: /^[^@\s]+@[^@\s]+$/,
      expected: 'an e-mail address',
    }),
    shippingAddress: readAddress(consumer.child('shippingAddress')),
    billingAddress: readAddress(consumer.child('billingAddress')),
    phoneNumber: readPhone(consumer.child('phoneNumber')),
    privatePerson: readPerson(person),
    company: company && {
      name: company.text('name', name),
      contact: readPerson(company.child('contact')),
    },
  };
};
