/* The program that serves this page trains: it tells of every epoch, and at the end of all. */
const told = new EventSource("events");
live = { epoch: 0, share: 0, state: "training" };
told.addEventListener("run", event => { runs[0] = JSON.parse(event.data); grow(); });
told.addEventListener("progress", event => { Object.assign(live, JSON.parse(event.data)); tellStand(); });
/* Nobody will answer any more: a page that asked again and again would only fill the console. */
const leave = state => () => { told.close(); live.state = state; again(); };
told.addEventListener("end", leave("ended"));
told.addEventListener("error", leave("gone"));
grow();
