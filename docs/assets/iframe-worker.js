// Runs a worker in a hidden frame when the site is opened from a folder:
// browsers start no workers from file: addresses, and search needs one.
class FrameWorker extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    document.body.appendChild(frame);
    this.inner = frame.contentWindow;
    this.inner.document.open();
    this.inner.document.write(
      `<script>
        postMessage = (data) => parent.postMessage(data, "*");
        importScripts = (...urls) => urls.reduce((before, url) => before.then(
          () => new Promise((done) => {
            const script = document.createElement("script");
            script.src = url;
            script.onload = done;
            document.body.appendChild(script);
          })), Promise.resolve());
      <\/script><body><script src="${url}"><\/script>`,
    );
    this.inner.document.close();
    this.ready = new Promise((done) => (this.inner.onload = done));
    addEventListener("message", (event) => {
      if (event.source !== this.inner) return;
      const copy = new MessageEvent("message", { data: event.data });
      this.dispatchEvent(copy);
      if (this.onmessage) this.onmessage(copy);
    });
  }

  postMessage(data) {
    this.ready.then(() =>
      this.inner.dispatchEvent(new MessageEvent("message", { data })),
    );
  }
}
if (location.protocol === "file:") window.Worker = FrameWorker;
