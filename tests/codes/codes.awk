# The table of all codes: see make beside this.
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

BEGIN {
    sections = split( "capability property register state counter exit", order, " " )
    prefix["capability"] = "WHvCapabilityCode"
    prefix["property"] = "WHvPartitionPropertyCode"
    prefix["state"] = "WHvVirtualProcessorStateType"
    prefix["counter"] = "WHv(Partition|Processor)CounterSet"
    prefix["exit"] = "WHvRunVpExitReason"
    prefix["register"] = "WHv(X64)?Register"
    title["capability"] = "Capabilities"; title["property"] = "Partition properties"
    title["register"] = "Registers"; title["state"] = "States of a virtual processor"
    title["counter"] = "Counters"; title["exit"] = "Exits"
    # what becomes of a code that has no row
    absent["capability"] = "unknown: WHV_E_UNKNOWN_CAPABILITY"
    absent["property"] = "unknown: WHV_E_UNKNOWN_PROPERTY"
    absent["register"] = "unknown: WHV_E_INVALID_VP_REGISTER_NAME"
    absent["state"] = "refused: E_INVALIDARG"
    absent["counter"] = "unknown: WHV_E_UNKNOWN_PROPERTY"
    absent["exit"] = "never"

    # capabilities: where the value comes from
    kind["features"] = "APICs with KVM_CAP_SPLIT_IRQCHIP; XSAVE, dirty pages"
    kind["extended_exits"] = "CPUID, exceptions, MSRs (Linux 5.10), RDTSC (stock)"
    kind["exception_exits"] = "#DB and #BP; others in ring 3 without a table"
    kind["msr_exits"] = "unhandled MSRs, APIC_BASE, ...: Linux 5.10"
    kind["vendor"] = kind["feature_banks[0]"] = "the host's, as far as KVM offers it"
    kind["clflush_size"] = kind["xsave_features"] = kind["phys_bits"] = kind["feature_banks[0]"]
    kind["processor_clock"] = "the host's TSC"
    kind["interrupt_clock"] = "KVM's APIC bus: 1 GHz"
    kind["get_present"] = "TRUE if /dev/kvm can be opened"
    kind["get_populate_flags"] = "3"
    kind["get_nothing"] = "0: the scheduler and the clock are Linux'"
    kind["get_banks"] = kind["feature_banks[0]"]
    kind["get_synthetic_banks"] = "what KVM emulates, with CONFIG_KVM_HYPERV; else none"

    # properties: what a value has to pass
    kind["check_extended_exits"] = kind["check_exception_exits"] = kind["check_msr_exits"] = "bits of the capability"
    kind["NULL"] = "any value; setup looks at feature bits"
    kind["IS_BOOL"] = "any value: KVM separates always"
    kind["check_absent"] = "0 only; else WHV_E_UNKNOWN_PROPERTY"
    kind["check_nested"] = "0 only; else WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG"
    kind["check_numa_node"] = "a node of the host; no effect"
    kind["check_clflush_size"] = "a power of two up to the host's"
    kind["check_apic_mode"] = "with KVM_CAP_SPLIT_IRQCHIP, else None only"
    kind["check_processor_clock"] = "the host's, or any with hardware TSC scaling"
    kind["check_interrupt_clock"] = "1 GHz, or any from Linux 6.11 on"
    kind["check_reference_time"] = "up to 146 years"
    kind["check_msr_action"] = "other than 0 from Linux 5.10 on"
    kind["check_phys_bits"] = "32 to the host's"
    kind["check_processor_count"] = "1 to KVM_CAP_MAX_VCPUS; setup needs it"
    kind["set_banks"] = kind["set_synthetic_banks"] = "bits of the capability: setup looks"
    kind["list"] = "write-only list"

    # registers: kinds of table_x86.h
    kind["REG_GPR"] = kind["REG_SREG"] = kind["REG_SEGMENT"] = kind["REG_TABLE"] = "every KVM, without a call"
    kind["REG_CR8"] = kind["REG_GPR"]
    kind["REG_DEBUG"] = kind["REG_XCR0"] = kind["REG_XMM"] = kind["REG_FP"] = "every KVM"
    kind["REG_FP_CONTROL"] = kind["REG_XMM_CONTROL"] = "every KVM"
    kind["REG_MSR"] = "an MSR, where KVM and processor have it"
    kind["REG_SYNTHETIC"] = "an MSR, with synthetic features"
    kind["REG_TSC_OFFSET"] = "Linux 5.16"
    kind["REG_RUNTIME"] = "every KVM; halts counted from Linux 5.14"
    kind["REG_APIC_ID"] = "every KVM"
    kind["REG_APIC"] = "with an APIC"
    kind["REG_EVENT"] = "every KVM"
    kind["REG_REFUSED"] = "refused: ERROR_HV_INVALID_PARAMETER"

    # the others have few codes, each with a word of its own
    text["WHvVirtualProcessorStateTypeSynicMessagePage"] = "with SynIC (CONFIG_KVM_HYPERV)"
    text["WHvVirtualProcessorStateTypeSynicEventFlagPage"] = text["WHvVirtualProcessorStateTypeSynicMessagePage"]
    text["WHvVirtualProcessorStateTypeSynicTimerState"] = text["WHvVirtualProcessorStateTypeSynicMessagePage"]
    text["WHvVirtualProcessorStateTypeInterruptControllerState2"] = "with an APIC: 4,096 bytes"
    text["WHvVirtualProcessorStateTypeXsaveState"] = "every KVM; AMX from Linux 5.17 on"
    text["WHvPartitionCounterSetMemory"] = "every KVM; all pages count as small"
    text["WHvProcessorCounterSetRuntime"] = "every KVM; halts counted from Linux 5.14"
    text["WHvProcessorCounterSetIntercepts"] = "KVM's statistics (Linux 5.14), else 0"
    text["WHvProcessorCounterSetEvents"] = text["WHvProcessorCounterSetIntercepts"]
    text["WHvProcessorCounterSetApic"] = "0: KVM counts nothing of it"
    text["WHvProcessorCounterSetSyntheticFeatures"] = "hypercalls (Linux 5.14), all as one kind"
    text["WHvRunVpExitReasonMemoryAccess"] = text["WHvRunVpExitReasonX64IoPortAccess"] = "every KVM"
    text["WHvRunVpExitReasonUnrecoverableException"] = text["WHvRunVpExitReasonUnsupportedFeature"] = "every KVM"
    text["WHvRunVpExitReasonInvalidVpRegisterValue"] = text["WHvRunVpExitReasonCanceled"] = "every KVM"
    text["WHvRunVpExitReasonX64InterruptWindow"] = "every KVM"
    text["WHvRunVpExitReasonX64Halt"] = "every KVM, without APICs"
    text["WHvRunVpExitReasonX64ApicEoi"] = "with APICs"
    text["WHvRunVpExitReasonX64MsrAccess"] = "Linux 5.10"
    text["WHvRunVpExitReasonX64Cpuid"] = "before the first entry; without a list at CPUID"
    text["WHvRunVpExitReasonException"] = "#DB, #BP, four others; all in ring 3, no table"
    text["WHvRunVpExitReasonX64Rdtsc"] = "by stepping; in ring 3 without a table not"
    text["WHvRunVpExitReasonHypercall"] = "CONFIG_KVM_XEN, or by stepping; SynIC"
    text["WHvRunVpExitReasonSynicSintDeliverable"] = "CONFIG_KVM_HYPERV, with APICs"
}

function fail( why ) { print "codes.awk: " why >"/dev/stderr"; failed = 1 }

# What a row says, from the word that decides it
function say( section, name, word, more ) {
    if (!(word in kind)) fail( name ": nobody says what " word " means" )
    row[section, name] = kind[word] more
}

function say_name( section, name ) {
    if (!(name in text)) fail( name ": nobody says where it is to be had" )
    row[section, name] = text[name]
}

what == "names" && ($1 == "x64" || $1 == "both") && $2 == "enum" {
    for (i = 1; i <= sections; i++) {
        s = order[i]
        if ($3 !~ "^" prefix[s] || $3 == "WHvRunVpExitReasonNone") continue
        if (($3, s) in number) continue
        number[$3, s] = $4
        # by number, then in the order of the list
        names[s, ++count[s]] = substr( $4, 3 ) sprintf( " %05d ", NR ) $3
    }
}

what == "capability" && match( $0, /^    \{ WHvCapabilityCode[A-Za-z0-9]+,/ ) {
    name = substr( $0, 7, RLENGTH - 7 )
    word = $0
    if (match( word, /FIELD\( [^ ]+ \)/ )) word = substr( word, RSTART + 7, RLENGTH - 9 )
    else { match( word, /get_[a-z_]+/ ); word = substr( word, RSTART, RLENGTH ) }
    say( "capability", name, word, "" )
}

# a row of lists and banks may go on in the next line
what == "property" && match( $0, /^    \{ WHvPartitionPropertyCode[A-Za-z0-9]+,/ ) {
    name = substr( $0, 7, RLENGTH - 7 )
    line = $0
    if (line !~ /\}/) { getline; line = line $0 }
    late = line ~ /LATE/ ? "; also late" : ""
    if (line ~ /LIST\(/) say( "property", name, "list", late )
    else if (match( line, /(check|set)_[a-z_]+/ )) say( "property", name, substr( line, RSTART, RLENGTH ), late )
    else say( "property", name, line ~ /IS_BOOL/ ? "IS_BOOL" : "NULL", late )
}

what == "register" && match( $0, /^    ROW\( WHv[A-Za-z0-9]+,/ ) {
    name = substr( $0, 10, RLENGTH - 10 )
    match( $0, /REG_[A-Z0-9_]+/ )
    more = ($0 ~ /NO_GET/ ? ($0 ~ /NO_SET/ ? "; neither" : "; write-only") : $0 ~ /NO_SET/ ? "; read-only" : "")
    say( "register", name, substr( $0, RSTART, RLENGTH ), more )
}

what == "state" && match( $0, /case WHvVirtualProcessorStateType[A-Za-z0-9]+/ ) {
    say_name( "state", substr( $0, RSTART + 5, RLENGTH - 5 ) )
}

what == "counter" && match( $0, /WHv(Partition|Processor)CounterSet[A-Za-z]+/ ) {
    say_name( "counter", substr( $0, RSTART, RLENGTH ) )
}

what == "exit" && match( $0, /exits_(start|begin)\( vp, exit, WHvRunVpExitReason[A-Za-z0-9]+/ ) {
    name = substr( $0, RSTART, RLENGTH )
    sub( /.* /, "", name )
    say_name( "exit", name )
}

function sort_names( s,    i, j, t ) {
    for (i = 2; i <= count[s]; i++) {
        t = names[s, i]
        for (j = i - 1; j && names[s, j] > t; j--) names[s, j + 1] = names[s, j]
        names[s, j + 1] = t
    }
}

# Rows in a series are one line: of the same answer, with numbers that follow each other, and names that differ in the
# number at their end only, or, where the code has no row for any of them, in anything.
function in_series( s, name, answer, number,    a, b ) {
    if (answer != last_answer || hex( number ) != hex( last_number ) + 1) return 0
    if (answer == absent[s]) return 1
    a = name; b = last_name
    sub( /[0-9]?[0-9]$/, "", a ); sub( /[0-9]?[0-9]$/, "", b )
    return a == b && a != name
}

function hex( text,    i, value ) {
    for (i = 1; i <= length( text ); i++) value = value * 16 + index( "0123456789abcdef", substr( text, i, 1 ) ) - 1
    return value
}

function flush_series(    name, number ) {
    if (!series) return
    number = first_number; name = first_name
    if (series > 1) {
        number = number "-" substr( last_number, 7 )
        name = name " to " last_name
        if (match( last_name, /[0-9]?[0-9]$/ )) name = first_name " to " substr( last_name, RSTART )
    }
    printf "  %-11s  %-35s %s\n", number, name, last_answer
    series = 0
}

END {
    print "All codes of the API on x64, and what becomes of each"
    print "-----------------------------------------------------"
    print "Made by tests/codes/make out of the code's own tables; do not edit from here on. \"Every KVM\" is each"
    print "that docs/limits names as one to run on; a Linux version is the first whose KVM has what it takes. A"
    print "code that is unknown or refused here has its reason in docs/limits. What Windows refuses is not"
    print "listed. A line with two numbers is for all from the first to the last."
    # some numbers have two names
    for (i = 1; i <= sections; i++)
        for (j = 1; j <= count[order[i]]; j++) {
            split( names[order[i], j], part, " " )
            if ((order[i], part[3]) in row) of_number[order[i], part[1]] = row[order[i], part[3]]
        }
    for (i = 1; i <= sections; i++) {
        s = order[i]
        sort_names( s )
        print ""
        print title[s] ":"
        for (j = 1; j <= count[s]; j++) {
            split( names[s, j], part, " " )
            name = part[3]
            answer = absent[s]
            if ((s, name) in row) answer = row[s, name]
            else if (s != "counter" && (s, part[1]) in of_number) answer = of_number[s, part[1]]
            had[s, name] = 1
            if (s != "register" && s != "counter") sub( "^" prefix[s], "", name )
            else sub( /^WHv/, "", name )
            if (!in_series( s, name, answer, part[1] )) {
                flush_series()
                first_name = name; first_number = part[1]
            }
            series++
            last_name = name; last_number = part[1]; last_answer = answer
        }
        flush_series()
    }
    for (key in row) {
        split( key, part, SUBSEP )
        if (!((part[1], part[2]) in had)) fail( part[2] ": no code of the API" )
    }
    exit failed
}
