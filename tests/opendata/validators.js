// OpenActive's public validators, as validator.openactive.io runs them, over feeds on this machine.
// usage: node validators.js URL ...; prints {URL: [{what, severity, type, path, message}]} as JSON.
const { validate } = require('@openactive/data-model-validator');
const { RpdeValidator } = require('@openactive/rpde-validator');

const shown = (what) => ({ category, severity, type, path, message }) => ({ what, category, severity, type, path, message });

// The last page is left out: RPDE 1.0 asks for its empty `items`, which the validator of models takes amiss.
async function pages(url) {
  const found = [];
  for (let next = url; ;) {
    const page = await (await fetch(next)).json();
    if (page.items.length === 0) return found;
    found.push(page);
    next = page.next;
  }
}

async function check(url) {
  const rpde = await RpdeValidator(url, { pageLimit: 50 });
  const said = rpde.pages.flatMap((page) => page.errors).map(shown('rpde'));
  for (const page of await pages(url)) {
    said.push(...(await validate(page, { loadRemoteJson: false, rpdeItemLimit: 500 })).map(shown('model')));
  }
  return said;
}

(async () => {
  const answer = {};
  for (const url of process.argv.slice(2)) answer[url] = await check(url);
  process.stdout.write(JSON.stringify(answer));
})();
