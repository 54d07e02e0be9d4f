package doctor

// Kinds are what can be found of every installation. Sources have lists of their own.
func Kinds() []Kind {
	return []Kind{
		configRight, configWrong, configMissing, fileThere, fileMissing, timedOut,
		nameFound, nameMissing, nameResolver, namePrivate, namePublic, nameSplit,
		portOpen, portRefused, portSilent,
		tlsTrusted, tlsIntercepted, tlsInspected, tlsHost, tlsExpired, tlsBroken,
		clockRight, clockOff, clockWrong,
		proxySet, proxySkipped, proxyUnreachable, proxyWrong,
		dataThere, dataAbsent, dataOpen, dataForeign,
		diskRoom, diskFull, diskFilling, diskFast, diskSlow, diskNetwork, diskMemory,
		filesEnough, filesFew, memoryEnough, memoryTight,
		privateKept, privateOpen, privateGroup, privateMissing,
		pageAnswers, pageFree, pageTaken, pageHung, pageForbidden,
		certificateGood, certificateEnding, certificateEnded, certificateBroken,
		quarantineEmpty, quarantineSome, incidentsNone, incidentsOpen, damagedNone, damagedSome, stateUnread,
		wayPassed, wayFailed, programVersion, targetsReached, targetsAway,
	}
}
