// Reads QR codes in pictures of a camera, beside the page. The first message names the library, the others are pictures.
onmessage = ({ data }) => {
  if (data.library) return importScripts(data.library);
  const found = self.jsQR(data.pixels, data.width, data.height, { inversionAttempts: "dontInvert" });
  postMessage(found?.data ?? "");
};
