// Nothing typed is lost: a link saves the form that was changed before it leads away, and the browser asks where it cannot.
// The page says which form saves on the way: its links are buttons of that form (way in templates/ui/button.html).
const WAY = "then";
const forms = [...document.querySelectorAll("main form")].filter((form) => form.method === "post");
const atFirst = new Map(forms.map((form) => [form, written(form)]));
const cameBack = document.querySelector("[data-unsaved]") !== null;
let submitting = null;
let leaving = false;

function written(form) {
  const values = [...new FormData(form)].filter(([name]) => name !== "form_token");
  return JSON.stringify(values.map(([name, value]) => [name, value.name ?? value]));
}

function isUnsaved(form) {
  if (form === submitting) return false;
  return written(form) !== atFirst.get(form) || (cameBack && form.elements.form_version !== undefined);
}

// Sending a mailing is no way of saving it: such a form has no links of its own, and the browser asks.
function savesOnTheWay(form) {
  return form.id !== "" && document.querySelector(`button[name=${WAY}][form="${form.id}"]`) !== null;
}

function goOn(form, address) {
  const button = document.createElement("button");
  Object.assign(button, { name: WAY, value: address, formNoValidate: true, hidden: true });
  form.append(button);
  form.requestSubmit(button);
  button.remove();
}

function follow(event, way) {
  const address = new URL(way.getAttribute("href") ?? way.value, location.href);
  const isHere = address.pathname === location.pathname && address.search === location.search && address.hash;
  if (address.origin !== location.origin || (isHere && way.matches("a"))) return;
  const unsaved = forms.filter(isUnsaved);
  if (unsaved.length === 1 && savesOnTheWay(unsaved[0])) {
    event.preventDefault();
    goOn(unsaved[0], address.pathname + address.search + address.hash);
  } else if (way.matches("button")) {
    event.preventDefault();
    location.assign(address.href);
  }
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const way = event.target.closest(`a[href]:not([target], [download]), button[name=${WAY}][form]`);
  if (!way) return;
  if (way.matches("[data-leave]")) leaving = true;
  else follow(event, way);
});

document.addEventListener("submit", (event) => { if (!event.defaultPrevented) submitting = event.target; });

addEventListener("beforeunload", (event) => {
  if (!leaving && forms.some(isUnsaved)) event.preventDefault();
});
addEventListener("pageshow", () => { submitting = null; });
