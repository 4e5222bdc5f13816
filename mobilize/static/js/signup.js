// Answers the page's challenge in the background while somebody types. Without it, a second page asks for one more press.
const form = document.querySelector("form[data-challenge]");

if (form && globalThis.Worker && globalThis.crypto?.subtle) {
  const proof = form.elements.proof;
  let answer;
  const solved = () => answer ??= new Promise((resolve) => {
    const worker = new Worker(form.dataset.worker);
    // Into the form at once: a form that is being submitted ignores requestSubmit (HTML, 4.10.22.3).
    const found = (words) => resolve(proof.value = words);
    worker.onmessage = (event) => found(event.data);
    worker.onerror = () => found("unsolved");
    worker.postMessage(form.dataset.challenge);
  });
  form.addEventListener("focusin", solved, { once: true });
  form.addEventListener("submit", async (event) => {
    if (proof.value) return;
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    await solved();
    form.requestSubmit(event.submitter);
  });
  // Back from the next page: the answer is used up.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
