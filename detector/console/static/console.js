// What pages gain by a script; each of them works without it.
'use strict';

// A choice among a filter's values is taken at once.
for (const choice of document.querySelectorAll('form.filters select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit());
}
