/* The snippet builder: keeps the preview and the code in step with the form, and copies.
   The server renders both, so the page also works without this script. */
(() => {
  'use strict';
  const form = document.getElementById('options');
  const status = document.getElementById('copied');
  let latest = 0;

  form.querySelector('button[type=submit]').hidden = true;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', async () => {
    const turn = (latest += 1);
    const response = await fetch(`demo?${new URLSearchParams(new FormData(form))}`);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (turn !== latest || !response.ok) return;
    for (const id of ['script', 'iframe']) {
      document.getElementById(id).textContent = page.getElementById(id).textContent;
    }
    document.getElementById('preview').src = page.getElementById('preview').getAttribute('src');
    status.textContent = '';
  });

  for (const button of document.querySelectorAll('[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const code = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(code.textContent);
        status.textContent = status.dataset.copied;
      } catch {
        // No clipboard without https or permission: select, so that one key copies.
        getSelection().selectAllChildren(code);
        status.textContent = status.dataset.selected;
      }
    });
  }
})();
