// Answers that no reply has acknowledged yet, kept in IndexedDB so that they outlive the page.

const STORE = "answers";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("exams-outbox", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["attempt", "item"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export class Outbox {
  // `durable` tells whether the browser really keeps entries; without a store they live in memory only.
  constructor(attempt) {
    this.attempt = attempt;
    this.entries = new Map();
    this.durable = false;
    this.db = null;
  }

  async load() {
    try {
      this.db = await open();
      const transaction = this.db.transaction(STORE, "readonly");
      const range = IDBKeyRange.bound([this.attempt, 0], [this.attempt, Number.MAX_SAFE_INTEGER]);
      const request = transaction.objectStore(STORE).getAll(range);
      await done(transaction);
      for (const entry of request.result) this.entries.set(entry.item, entry);
      this.durable = true;
    } catch {
      this.db = null;
    }
  }

  async put(item, seq, value, certainty) {
    const entry = { attempt: this.attempt, item, seq, value, certainty };
    this.entries.set(item, entry);
    await this.write((store) => store.put(entry));
  }

  // Forgets an entry, unless a newer answer to the same question has come in meanwhile.
  async settle(item, seq) {
    const entry = this.entries.get(item);
    if (!entry || entry.seq > seq) return;
    this.entries.delete(item);
    await this.write((store) => store.delete([this.attempt, item]));
  }

  async write(change) {
    if (!this.db) return;
    try {
      const transaction = this.db.transaction(STORE, "readwrite", { durability: "strict" });
      change(transaction.objectStore(STORE));
      await done(transaction);
    } catch {
      this.durable = false;
    }
  }

  pending() {
    return [...this.entries.values()].map(({ item, seq, value, certainty }) => ({ item, seq, value, certainty: certainty ?? null }));
  }

  get size() {
    return this.entries.size;
  }
}
