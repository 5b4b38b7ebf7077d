package metrics

import "context"

// Status is what an operator wants to know.
type Status struct {
	Ready   bool    `json:"ready"`
	Storage Storage `json:"storage"`
	Intake  Intake  `json:"intake"`
}

// Status tells how the server does. Before it is ready, it says only that.
func (s *Server) Status(ctx context.Context) Status {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return Status{}
	}
	defer leave()
	return Status{Ready: true, Storage: s.storageStatus(), Intake: s.intakeStatus(ctx)}
}
