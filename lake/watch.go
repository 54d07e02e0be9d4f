package lake

// watcher is told of every row that becomes searchable. Its queue has a bound: who does not keep up misses rows; how many is
// logged in the end.
type watcher struct {
	rows   chan *row
	missed int
}

const watchQueue = 1024

func (l *Lake) watch() *watcher {
	w := &watcher{rows: make(chan *row, watchQueue)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers[w] = struct{}{}
	return w
}

func (l *Lake) unwatch(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watchers, w)
	if w.missed > 0 {
		l.log.Info("somebody who watched events live did not keep up", "missed", w.missed)
	}
}

// announce tells the watchers. The caller holds mu.
func (l *Lake) announce(r *row) {
	if len(l.watchers) == 0 {
		return
	}
	copied := &row{
		schema: r.schema, id: r.id, origin: r.origin, time: r.time, published: r.published, received: r.received,
		original: append([]byte(nil), r.raw...),
	}
	for w := range l.watchers {
		select {
		case w.rows <- copied:
		default:
			w.missed++
		}
	}
}
