export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { font: 14px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
  h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
  h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
  p { margin: 0 0 1rem; }
  .scroll { overflow: auto; max-height: 24rem; }
  summary { font-weight: 600; font-size: 1rem; margin: 1.5rem 0 .5rem; cursor: pointer; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
    white-space: nowrap; font-variant-numeric: tabular-nums; }
  th { font-weight: 600; position: sticky; top: 0; background: Canvas; }
  form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
  label { display: grid; font-size: .85rem; }
  input, select, button { font: inherit; padding: .3rem .5rem; }
  .none { opacity: .6; }
  [role=status] { min-height: 1.5em; }
</style>
</head>
<body>
<h1>Sandbox</h1>
<p>PortOne at <code>/portone</code>, Nexi at <code>/nexi</code>, the truth at <a href="/control/ledger">/control/ledger</a>.</p>
<p role="status" id="status"></p>
<h2>Move a clock</h2>
<form id="clock">
  <label>Account <select name="account"><option value="">all</option></select></label>
  <label>To (UTC) <input name="at" type="datetime-local" step="1" required></label>
  <button>Move</button>
</form>
<h2>Set a fault</h2>
<form id="fault">
  <label>Provider <select name="provider"><option>PORTONE</option><option>NEXI</option></select></label>
  <label>Fate <select name="fate"></select></label>
  <label>Path <input name="path" placeholder="/subscribe/payments/again"></label>
  <label>Reference <input name="reference" placeholder="order-*"></label>
  <label>Share <input name="share" type="number" min="0" max="1" step="0.01" value="1"></label>
  <label>Times <input name="times" type="number" min="0" placeholder="for ever"></label>
  <label>Options (JSON) <input name="options" size="28" placeholder='{"seconds": 60}'></label>
  <button>Add</button>
  <button type="button" id="calm">Clear all</button>
</form>
<main id="tables"></main>
<script src="/page.js"></script>
</body>
</html>
`;
