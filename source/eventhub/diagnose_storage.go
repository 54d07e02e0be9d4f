package eventhub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2/checkpoints"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"penstock/doctor"
	"penstock/source/entra"
)

// What is found of the storage of checkpoints.
var (
	storageNone   = doctor.Kind{ID: "storage.none", Severity: doctor.OK, Title: "There is no storage, and none is needed"}
	storageUsable = doctor.Kind{ID: "storage.usable", Severity: doctor.OK, Title: "The container can be written"}
	storageAbsent = doctor.Kind{
		ID: "storage.container", Severity: doctor.Fail, Title: "The storage account has no such container",
		Why: "Several processes share the partitions by what lies in it; without, reading does not begin.",
	}
	storageKey = doctor.Kind{
		ID: "storage.key", Severity: doctor.Fail, Title: "The storage account refuses the key",
		Why:  "The key was renewed, or is that of another account. A clock that is wrong by a quarter of an hour looks the same.",
		Mend: "Copy the connection string anew: Azure portal, the storage account, Security + networking, Access keys.",
	}
	storageNoKeys = doctor.Kind{
		ID: "storage.no_keys", Severity: doctor.Fail, Title: "The storage account does not allow keys",
		Why:  "The policy of the account (Allow storage account key access: Disabled) lets in with Microsoft Entra ID alone.",
		Mend: "Sign in with Microsoft Entra ID: set storage.account in place of the connection string, and give the identity the role Storage Blob Data Contributor.",
	}
	storageRole = doctor.Kind{
		ID: "storage.role", Severity: doctor.Fail, Title: "The identity lacks the role to write to the storage account",
		Why:  "Contributor and Owner of the account give no right to its data.",
		Mend: "Azure portal, the storage account, Access control (IAM), Add role assignment: Storage Blob Data Contributor, for the identity named under signing in. It takes up to ten minutes to act.",
	}
	storageRules = doctor.Kind{
		ID: "storage.network", Severity: doctor.Fail, Title: "The networking rules of the storage account shut this machine out",
		Why:  "The account answers 403 to every address that is not allowed, whatever the key.",
		Mend: "Azure portal, the storage account, Security + networking, Networking: add the address of this machine, or its network, or a private endpoint. Trusted Microsoft services does not include Penstock.",
	}
	storageWrite = doctor.Kind{
		ID: "storage.readonly", Severity: doctor.Fail, Title: "Nothing can be written to the container",
		Why:  "Processes cannot claim partitions.",
		Mend: "With Microsoft Entra ID the role must be Storage Blob Data Contributor, not Reader. With a shared access signature its permissions must have read, add, create, write, delete and list (sp=racwdl). See whether a policy makes the container immutable.",
	}
	storageFailing = doctor.Kind{
		ID: "storage.failing", Severity: doctor.Fail, Title: "The storage account fails",
		Why:  "Reading goes on with what is owned already; after a restart it would not begin.",
		Mend: "See the findings about its name, port and certificate above. A single process needs no storage: leave storage out.",
	}
	storageSoft = doctor.Kind{
		ID: "storage.soft_delete", Severity: doctor.Info, Title: "Blobs of the storage account are deleted softly",
		Why:  "Checkpoints are written every few seconds and each is kept when it is replaced: the account grows and costs.",
		Mend: "Use an account of its own for the checkpoints, with soft delete and versioning switched off (Data management, Data protection).",
	}
	storageTree = doctor.Kind{
		ID: "storage.hierarchical", Severity: doctor.Warn, Title: "The storage account has a hierarchical namespace",
		Why:  "Microsoft does not support checkpoints in such accounts (Data Lake Storage): metadata of blobs behaves otherwise there.",
		Mend: "Use an ordinary account (General purpose v2, without hierarchical namespace) for the checkpoints.",
	}
	ownersFresh = doctor.Kind{ID: "owners.fresh", Severity: doctor.OK, Title: "The partitions have owners"}
	ownersOther = doctor.Kind{
		ID: "owners.others", Severity: doctor.Info, Title: "Other processes read in the consumer group",
		Why:  "That is right where several processes of Penstock share the partitions.",
		Mend: "If nobody else should, give this Penstock a consumer group or a container of its own.",
	}
	ownersBefore = doctor.Kind{
		ID: "owners.before", Severity: doctor.Fail, Title: "A restored Penstock waits for another one to end",
		Why:  "It was restored from a backup, and somebody still renews claims on partitions in the same container: if both read, each would get a part of the events.",
		Mend: "Stop the other one. Where it is meant to share the hub with this one: stop this one, run penstock restore --shared --to with its data folder, and start it.",
	}
	ownersBack = doctor.Kind{
		ID: "owners.restored", Severity: doctor.Info, Title: "The checkpoints are taken back to the backup",
		Why:  "The Penstock that was lost had read further than the backup holds. What it had read since is read again, as far as the hub still has it.",
		Mend: "Nothing: it happens once, when the restored Penstock begins to read.",
	}
	ownersStale = doctor.Kind{
		ID: "owners.stale", Severity: doctor.Warn, Title: "Nobody renews the claims on partitions",
		Why:  "They are read by nobody at this moment.",
		Mend: "Start the processes that share the consumer group. Claims of processes that are no more are taken over within a minute.",
	}
)

func (d *diagnosis) storageProbes(hubs []string, of func(string, time.Duration, func(context.Context, func(doctor.Finding))) doctor.Probe) []doctor.Probe {
	if d.options.Config.Storage == nil {
		return []doctor.Probe{of("storage", 0, func(_ context.Context, tell func(doctor.Finding)) {
			tell(storageNone.Found("There is no storage: a single process reads, and the journal knows where it was."))
		})}
	}
	c, err := d.options.container()
	if err != nil {
		return []doctor.Probe{of("storage", 0, func(_ context.Context, tell func(doctor.Finding)) {
			tell(storageFailing.Found("The settings of the storage cannot be used: %s.", entra.Gist(err)).Mending("Enter the connection string, or the account and how to sign in, again."))
		})}
	}
	list := []doctor.Probe{}
	if e, ok := d.storageEndpoint(c); ok {
		list = append(list, e.Probes()...)
	}
	return append(list,
		of("the container", 30*time.Second, func(ctx context.Context, tell func(doctor.Finding)) { d.tryContainer(ctx, c, tell) }),
		of("the storage account", 0, func(ctx context.Context, tell func(doctor.Finding)) { d.account(ctx, c, tell) }),
		of("owners", 0, func(ctx context.Context, tell func(doctor.Finding)) { d.owners(ctx, c, hubs, tell) }))
}

// storageEndpoint is the storage account as everything that is connected to is looked at.
func (d *diagnosis) storageEndpoint(c *container.Client) (doctor.Endpoint, bool) {
	u, err := url.Parse(c.URL())
	if err != nil {
		return doctor.Endpoint{}, false
	}
	e := doctor.Endpoint{
		Subject: d.patient.Subject, What: "the storage account", Host: u.Hostname(), Port: u.Port(), Plain: u.Scheme == "http",
		Azure: d.options.Config.Storage.Cloud.Holds(u.Hostname()), Resolver: d.patient.Resolver,
	}
	if e.Port == "" {
		e.Port = map[bool]string{true: "80", false: "443"}[e.Plain]
	}
	return e, true
}

// tryContainer writes a blob, takes a lease on it and deletes both.
func (d *diagnosis) tryContainer(ctx context.Context, c *container.Client, tell func(doctor.Finding)) {
	if _, err := c.GetProperties(ctx, nil); err != nil {
		tell(d.ofStorage(err))
		return
	}
	b := c.NewBlockBlobClient("penstock-doctor-" + strings.ToLower(rand.Text()))
	if _, err := b.UploadBuffer(ctx, []byte("Written by penstock doctor, which deletes it at once.\n"), nil); err != nil {
		tell(d.notWritten(err, "written"))
		return
	}
	var options *blob.DeleteOptions
	taken, err := lease.NewBlobClient(b, nil)
	if err == nil {
		var held lease.BlobAcquireResponse
		if held, err = taken.AcquireLease(ctx, 15, nil); err == nil {
			options = &blob.DeleteOptions{AccessConditions: &blob.AccessConditions{LeaseAccessConditions: &blob.LeaseAccessConditions{LeaseID: held.LeaseID}}}
		}
	}
	// What was written goes away although the time is over.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	if _, deleted := b.Delete(ending, options); deleted != nil {
		tell(d.notWritten(deleted, "deleted"))
		return
	}
	if err != nil {
		tell(d.notWritten(err, "leased"))
		return
	}
	tell(storageUsable.Found("In the container %s a blob was written, leased and deleted again.", d.options.Config.Storage.Container))
}

func (d *diagnosis) notWritten(err error, what string) doctor.Finding {
	return storageWrite.Found("A blob in the container %s cannot be %s.", d.options.Config.Storage.Container, what).With("the account says", codeOf(err))
}

// ofStorage is the finding that an error of the storage makes.
func (d *diagnosis) ofStorage(err error) doctor.Finding {
	s := d.options.Config.Storage
	byKey := s.ConnectionString != ""
	said := func(f doctor.Finding) doctor.Finding { return f.With("the account says", codeOf(err)) }
	var response *azcore.ResponseError
	switch {
	case bloberror.HasCode(err, bloberror.ContainerNotFound, bloberror.ResourceNotFound, bloberror.ContainerBeingDeleted):
		return storageAbsent.Found("The storage account has no container %s, or it is being deleted.", s.Container).
			Mending("Make it: Azure portal, the storage account, Data storage, Containers, + Container, name %s, private. Or run penstock check, which makes it where that is permitted.", s.Container)
	case bloberror.HasCode(err, "KeyBasedAuthenticationNotPermitted"):
		return said(storageNoKeys.Found("The storage account does not let in by a key."))
	case bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch) && !byKey:
		return said(storageRole.Found("The identity may not use the container %s: it lacks the role Storage Blob Data Contributor.", s.Container))
	case bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch):
		return said(storageWrite.Found("The shared access signature lacks a permission for the container %s.", s.Container))
	case bloberror.HasCode(err, bloberror.AuthorizationFailure, bloberror.AuthorizationSourceIPMismatch):
		return said(storageRules.Found("The storage account does not let this machine in."))
	case bloberror.HasCode(err, bloberror.AuthenticationFailed):
		return said(storageKey.Found("The storage account refuses the key."))
	case errors.As(err, &response) && response.StatusCode == http.StatusForbidden && !byKey:
		return said(storageRole.Found("The identity may not use the container %s.", s.Container))
	case errors.As(err, &response) && response.StatusCode == http.StatusForbidden:
		return said(storageRules.Found("The storage account does not let this machine in."))
	case classify(err) == signIn:
		return signFail.Found("Signing in for the storage fails: %s.", entra.Gist(err)).Mending("%s", entra.Hint(err, d.options.Config.Credential.Kind))
	}
	return said(storageFailing.Found("The storage account does not do what it is asked."))
}

// codeOf is what the service says in one word, where it says one: its messages hold addresses with signatures.
func codeOf(err error) string {
	var response *azcore.ResponseError
	if errors.As(err, &response) {
		return fmt.Sprintf("%d %s", response.StatusCode, response.ErrorCode)
	}
	return entra.Gist(err)
}

// account looks at what is set for the whole account. Many who may use the container may not ask that: nothing is found
// then.
func (d *diagnosis) account(ctx context.Context, c *container.Client, tell func(doctor.Finding)) {
	if info, err := c.GetAccountInfo(ctx, nil); err == nil && info.IsHierarchicalNamespaceEnabled != nil && *info.IsHierarchicalNamespaceEnabled {
		tell(storageTree.Found("The storage account has a hierarchical namespace."))
	}
	client, err := d.options.service()
	if err != nil {
		return
	}
	set, err := client.GetProperties(ctx, nil)
	if err != nil || set.DeleteRetentionPolicy == nil || set.DeleteRetentionPolicy.Enabled == nil || !*set.DeleteRetentionPolicy.Enabled {
		return
	}
	days := ""
	if n := set.DeleteRetentionPolicy.Days; n != nil {
		days = fmt.Sprintf(" for %d days", *n)
	}
	tell(storageSoft.Found("The storage account keeps deleted and replaced blobs%s.", days))
}

// service makes a client for the account of the checkpoints.
func (o *Options) service() (*service.Client, error) {
	s := o.Config.Storage
	options := &service.ClientOptions{Audience: s.Cloud.StorageAudience, ClientOptions: policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}}
	if conn := s.ConnectionString.Reveal(); conn != "" {
		return service.NewClientFromConnectionString(conn, options)
	}
	identity := o.Config.Credential
	if s.Credential != nil {
		identity = *s.Credential
	}
	credential, err := entra.New(identity)
	if err != nil {
		return nil, err
	}
	return service.NewClient(s.Account, credential, options)
}

// owners looks who claims the partitions in the storage.
func (d *diagnosis) owners(ctx context.Context, c *container.Client, hubs []string, tell func(doctor.Finding)) {
	store, err := checkpoints.NewBlobStore(c, nil)
	if err != nil {
		return
	}
	for _, hub := range hubs {
		list, err := store.ListOwnership(ctx, d.options.Config.Namespace, hub, d.options.Config.ConsumerGroup, nil)
		if err != nil {
			return // the container has a finding of its own
		}
		claims := map[string]int{} // by owner; those that are renewed
		stale := 0
		for _, o := range list {
			switch {
			case o.OwnerID == "":
			case time.Since(o.LastModifiedTime) > d.options.ClaimExpiry:
				stale++
			default:
				claims[o.OwnerID]++
			}
		}
		if d.options.Restored != nil && d.options.Restored.Untouched(hub) {
			d.restored(ctx, store, hub, claims, tell)
			continue
		}
		d.judgeOwners(hub, claims, stale, tell)
	}
}

// restored tells what a Penstock does that was restored and has not begun to read a hub.
func (d *diagnosis) restored(ctx context.Context, store *checkpoints.BlobStore, hub string, claims map[string]int, tell func(doctor.Finding)) {
	if others := d.others(claims); len(others) > 0 {
		tell(ownersBefore.Found("This Penstock was restored, and others read %s: %s.", hub, strings.Join(others, ", ")))
		return
	}
	list, err := store.ListCheckpoints(ctx, d.options.Config.Namespace, hub, d.options.Config.ConsumerGroup, nil)
	if err != nil {
		return // the container has a finding of its own
	}
	var ahead int64
	for _, c := range list {
		if c.SequenceNumber == nil || d.options.Resume == nil {
			continue
		}
		if at, ok := d.options.Resume(hub, c.PartitionID); ok && *c.SequenceNumber > at.Sequence {
			ahead += *c.SequenceNumber - at.Sequence
		}
	}
	tell(ownersBack.Found("Of %s the checkpoints are %d messages beyond the backup, and are taken back when reading begins.", hub, ahead))
}

// others are the owners that are not this Penstock, with how many partitions each claims.
func (d *diagnosis) others(claims map[string]int) (list []string) {
	for _, owner := range slices.Sorted(maps.Keys(claims)) {
		if owner != d.options.Instance {
			list = append(list, fmt.Sprintf("%s (%d)", owner, claims[owner]))
		}
	}
	return list
}

func (d *diagnosis) judgeOwners(hub string, claims map[string]int, stale int, tell func(doctor.Finding)) {
	others := d.others(claims)
	switch {
	case len(others) > 0:
		tell(ownersOther.Found("Partitions of %s are claimed by other processes: %s.", hub, strings.Join(others, ", ")))
	case stale > 0 && len(claims) == 0:
		tell(ownersStale.Found("%d partitions of %s have an owner that does not renew its claim.", stale, hub))
	case len(claims) > 0:
		tell(ownersFresh.Found("Partitions of %s are claimed by this Penstock alone (%d).", hub, claims[d.options.Instance]))
	}
}
