package azure

// expr is a value of a deployment. Each language has a writer for them; what is not known before the deployment runs is one
// of the kinds at the end.
type expr interface{ isExpr() }

type (
	text   string
	number int
	flag   bool
	list   []expr
	object []field
	// project is the prefix of every name, in small letters.
	project struct{}
	// param is the value of a parameter.
	param string
	// hours are a parameter's days in hours.
	hours struct{ days param }
	// join is several texts, one behind the other.
	join []expr

	// idOf is the resource ID of a resource.
	idOf struct{ of *resource }
	// nameOf is the resource's own name, without that of its parents.
	nameOf struct{ of *resource }
	// network is the virtual network that the subnet of the private endpoints is in.
	network struct{}
	// identities is the set of identities of a resource: the one that may use the customer's key.
	identities struct{}
	// partOf is a segment of the resource ID that a parameter is.
	partOf struct {
		id param
		at int
	}
	// keyPrincipal is the id by which Entra ID knows the identity that may use the customer's key.
	keyPrincipal struct{}
	// roleID is the resource ID of a built-in role.
	roleID role
	// unique is a name made of several values: the same for the same ones.
	unique []expr
	// principalOf and clientOf are the ids by which Entra ID knows a managed identity.
	principalOf struct{ of *resource }
	clientOf    struct{ of *resource }
	// hostOf is the full host name of a namespace.
	hostOf struct{ of *resource }
	// blobOf is the blob endpoint of a storage account.
	blobOf struct{ of *resource }
	// hubString and storageString are connection strings: of a policy and of a storage account.
	hubString     struct{ of *resource }
	storageString struct{ of *resource }
)

type field struct {
	name  string
	value expr
}

func (text) isExpr()          {}
func (number) isExpr()        {}
func (flag) isExpr()          {}
func (list) isExpr()          {}
func (object) isExpr()        {}
func (project) isExpr()       {}
func (param) isExpr()         {}
func (hours) isExpr()         {}
func (join) isExpr()          {}
func (idOf) isExpr()          {}
func (nameOf) isExpr()        {}
func (network) isExpr()       {}
func (identities) isExpr()    {}
func (partOf) isExpr()        {}
func (keyPrincipal) isExpr()  {}
func (roleID) isExpr()        {}
func (unique) isExpr()        {}
func (principalOf) isExpr()   {}
func (clientOf) isExpr()      {}
func (hostOf) isExpr()        {}
func (blobOf) isExpr()        {}
func (hubString) isExpr()     {}
func (storageString) isExpr() {}

// get is the value under a name; nil: there is none.
func (o object) get(name string) expr {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// parts are the values that a value is made of.
func parts(e expr) []expr {
	switch e := e.(type) {
	case list:
		return e
	case join:
		return e
	case unique:
		return e
	case object:
		var all []expr
		for _, f := range e {
			all = append(all, f.value)
		}
		return all
	}
	return nil
}

// referred is the resource that a value comes from; nil: from none.
func referred(e expr) *resource {
	switch e := e.(type) {
	case idOf:
		return e.of
	case principalOf:
		return e.of
	case clientOf:
		return e.of
	case hostOf:
		return e.of
	case blobOf:
		return e.of
	case hubString:
		return e.of
	case storageString:
		return e.of
	}
	return nil
}
