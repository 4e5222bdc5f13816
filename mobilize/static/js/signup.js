// Answers the page's challenge in the background while somebody types. Without it, a second page asks for one more press.
const form = document.querySelector("form[data-challenge]");

if (form && globalThis.Worker && globalThis.crypto?.subtle) {
  let answer;
  const solved = () => answer ??= new Promise((resolve) => {
    const worker = new Worker(form.dataset.worker);
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = () => resolve("unsolved");
    worker.postMessage(form.dataset.challenge);
  });
  form.addEventListener("focusin", solved, { once: true });
  form.addEventListener("submit", async (event) => {
    const proof = form.elements.proof;
    if (proof.value) return;
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    proof.value = await solved();
    form.requestSubmit(event.submitter);
  });
  // Back from the next page: the answer is used up.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
