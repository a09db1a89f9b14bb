import { FATES, STATUS_FATES } from '../core/fates.js';

const fateNames = JSON.stringify([...Object.keys(STATUS_FATES), ...Object.keys(FATES)]);

/** Runs in the browser: text goes in as text, never as markup. */
export const PAGE_SCRIPT = `
const titles = { accounts: 'Accounts', payments: 'Payments',
  billingKeys: 'Stored cards (billing keys, agreements)', schedules: 'Schedules',
  bulkOperations: 'Bulk operations', webhooks: 'Webhooks sent', faults: 'Faults', cards: 'Magic cards' };
const status = document.getElementById('status');
const say = (text) => { status.textContent = text; };
const textOf = (value) => value === null || value === undefined ? ''
  : typeof value === 'object' ? JSON.stringify(value) : String(value);
const element = (name, text) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
};
const tableOf = (rows) => {
  if (rows.length === 0) { const none = element('p', 'None yet.'); none.className = 'none'; return none; }
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = element('table');
  const head = table.createTHead().insertRow();
  for (const name of names) head.append(element('th', name));
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const name of names) line.insertCell().textContent = textOf(row[name]);
  }
  const scroll = element('div');
  scroll.className = 'scroll';
  scroll.append(table);
  return scroll;
};
const accounts = document.querySelector('#clock [name=account]');
const show = async () => {
  const overview = await (await fetch('/control/overview')).json();
  const parts = Object.entries(titles).map(([name, title]) => {
    const part = element('details');
    part.id = name;
    part.open = document.getElementById(name)?.open ?? true;
    part.append(element('summary', title), tableOf(overview[name]));
    return part;
  });
  const seen = [...document.querySelectorAll('.scroll')].map((it) => [it.parentElement.id, it.scrollTop, it.scrollLeft]);
  document.getElementById('tables').replaceChildren(...parts);
  for (const [id, top, left] of seen) {
    const scroll = document.getElementById(id)?.querySelector('.scroll');
    if (scroll) { scroll.scrollTop = top; scroll.scrollLeft = left; }
  }
  for (const { key } of overview.accounts) {
    if ([...accounts.options].some((option) => option.value === key)) continue;
    const option = element('option', key);
    option.value = key;
    accounts.append(option);
  }
};
const send = async (method, path, body) => {
  const answer = await fetch(path, { method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  const told = await answer.json();
  say(answer.ok ? 'Done.' : told.error);
  await show();
};
for (const name of ${fateNames}) document.querySelector('[name=fate]').append(element('option', name));
document.getElementById('clock').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const account = form.get('account');
  say('Moving…');
  void send('POST', '/control/clock', { at: new Date(form.get('at') + 'Z').toISOString(), ...(account && { account }) });
});
document.getElementById('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const path = form.get('path');
  const times = form.get('times');
  const reference = form.get('reference');
  const written = form.get('options');
  let options;
  try { options = written ? JSON.parse(written) : undefined; }
  catch { say('Options: expected JSON such as {"seconds": 60}'); return; }
  const match = { provider: form.get('provider'), share: Number(form.get('share')),
    ...(path && { path }), ...(reference && { reference }) };
  void send('POST', '/control/faults', { match, fate: form.get('fate'),
    ...(times && { times: Number(times) }), ...(options && { options }) });
});
document.getElementById('calm').addEventListener('click', () => void send('DELETE', '/control/faults'));
void show();
setInterval(() => void show(), 3000);
`;
