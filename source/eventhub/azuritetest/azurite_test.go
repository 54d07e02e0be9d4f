package azuritetest

import "testing"

func TestDataOutlivesAStop(t *testing.T) {
	s := Start(t)
	c := s.Container("checkpoints", true)
	s.Stop()
	s.Restart()
	if _, err := c.GetProperties(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
