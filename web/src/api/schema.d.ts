// Written by `npm run api` from the OpenAPI document of the server.

export interface paths {
    "/api/v1/aggregate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts, sums, averages and quantiles by group and time bucket */
        get: operations["aggregate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts that fire or are pending, and what holds them back */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/receivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The routing tree, the receivers, and how the last delivery to each went */
        get: operations["listAlertReceivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one alert at once through the routes that its labels choose, past grouping and silences */
        post: operations["testAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Model calls: each counted once, whoever reported it */
        get: operations["listCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which fields have other values in a selection than in the rest */
        get: operations["compare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a half-written query may go on */
        get: operations["complete"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Dashboards, shipped and own, with what is wrong with them */
        get: operations["listDashboards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a dashboard would look like, and what is wrong with it; nothing is saved */
        post: operations["checkDashboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards/{uid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dashboard: what to show, and the JSON it is made of */
        get: operations["getDashboard"];
        /** Save a dashboard of Grafana's JSON as an own one; one of a shipped address stands before it */
        put: operations["saveDashboard"];
        post?: never;
        /** Delete an own dashboard; a shipped one that it stood before is there again */
        delete: operations["deleteDashboard"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards/{uid}/panels/{panel}/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The queries of a panel, variables filled in */
        get: operations["getPanel"];
        put?: never;
        /** The same, for many or long values of variables */
        post: operations["queryPanel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dashboards/{uid}/variables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the variables of a dashboard can be and are, and its sections with copies of what repeats for them */
        get: operations["getVariables"];
        put?: never;
        /** The same, for many or long values of variables */
        post: operations["resolveVariables"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Errors of spans and logs, put together by kind and message */
        get: operations["listErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors/{fingerprint}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Errors of one group, each with the spans and logs that told it again */
        get: operations["listErrorOccurrences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The fields of the query language */
        get: operations["listFields"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Logs */
        get: operations["listLogs"];
        put?: never;
        /** JSON lines in, as structured loggers write them; a bad line is reported by number and does not stop the rest */
        post: operations["importLogs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenAPI"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All spans and logs of a request and of the traces it belongs to, in order of time, with sums */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rules that run: expression, state, last evaluation and the file they are from */
        get: operations["listRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is wrong with a file of rules, with places */
        post: operations["checkRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Which alerts of a file would have fired over stored history. Server-sent events: progress, and at last replay or failed */
        post: operations["replayRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions in which a model call matches, latest first, with sums over all of their calls */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/slos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Service level objectives: what is left of the error budget, and how fast it is spent */
        get: operations["listObjectives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Spans */
        get: operations["listSpans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spans/{trace}/{span}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One span, whole: messages, events, links and resource */
        get: operations["getSpan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the server is, and the books: what was received, kept and lost, by reason */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Live tail: server-sent events span, log, dropped (with how many did not fit), and a comment as heartbeat */
        get: operations["tail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Traces in which a span matches, each once, with sums over all of its spans */
        get: operations["listTraces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All spans and logs of a trace in order of time, with sums */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Values that a field has in the store */
        get: operations["listValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Aggregate: {
            columns: components["schemas"]["ColumnTitle"][];
            /** @description the fields grouped by */
            group: string[];
            /** @description by bucket, then in the order asked for */
            rows: components["schemas"]["Row"][];
        };
        Alert: {
            annotations: {
                [key: string]: string;
            };
            /** @description fingerprint of its labels, as Alertmanager has it; absent while pending */
            id?: string;
            /** @description ids of alerts */
            inhibited_by?: string[];
            labels: {
                [key: string]: string;
            };
            /** @description to the expression */
            link?: string;
            /** @description names of time intervals */
            muted_by?: string[];
            /** @description who is told, or would be */
            receivers?: string[];
            /** @description ids of silences */
            silenced_by?: string[];
            /** Format: date-time */
            since: string;
            /** @description firing or pending */
            state: string;
            /** @description of the rule's expression at its last evaluation */
            value?: string;
        };
        AlertList: {
            /** @description firing ones first, of each the latest first */
            alerts: components["schemas"]["Alert"][];
            /** Format: int64 */
            firing: number;
            /**
             * Format: int64
             * @description of the firing ones
             */
            inhibited: number;
            /** Format: int64 */
            pending: number;
            /**
             * Format: int64
             * @description of the firing ones
             */
            silenced: number;
        };
        AlertReceiver: {
            /**
             * Format: date-time
             * @description the last time; absent if not since the start
             */
            delivered?: string;
            /** @description of the last attempt, without secrets */
            error?: string;
            /**
             * Format: int64
             * @description since then
             */
            failed_attempts?: number;
            /**
             * Format: date-time
             * @description absent if the last attempt went well
             */
            failing_since?: string;
            /**
             * Format: int64
             * @description among those of its kind in the receiver
             */
            index: number;
            /** @description slack, pagerduty, email, webhook, … */
            integration: string;
            receiver: string;
            /**
             * Format: int64
             * @description of that delivery
             */
            took_ns?: number;
        };
        AlertReceivers: {
            /**
             * Format: int64
             * @description alerts of rules that did not fit into the queue since the start
             */
            dropped: number;
            /** @description whether the Alertmanager inside is on */
            embedded: boolean;
            /** @description why the file is not in force as it is now; the one before is */
            error?: string;
            /** Format: date-time */
            error_since?: string;
            /** @description further Alertmanagers that are told */
            external?: string[];
            /** @description the alertmanager.yml; absent where the keys below alerting say who is told */
            file?: string;
            /** @description those that a route leads to, and external Alertmanagers */
            receivers: components["schemas"]["AlertReceiver"][];
            route?: components["schemas"]["AlertRoute"];
        };
        AlertRoute: {
            active_time_intervals?: string[];
            continue?: boolean;
            group_by?: string[];
            /** Format: int64 */
            group_interval_ns: number;
            /** Format: int64 */
            group_wait_ns: number;
            matchers?: string[];
            mute_time_intervals?: string[];
            receiver: string;
            /** Format: int64 */
            repeat_interval_ns: number;
            routes?: components["schemas"]["AlertRoute"][];
        };
        AlertTaken: {
            /** @description absent: it was taken */
            error?: string;
            /** Format: int64 */
            index: number;
            integration: string;
            receiver: string;
            /** Format: int64 */
            took_ns: number;
        };
        AlertTest: {
            labels: {
                [key: string]: string;
            };
            /** @description empty: the route ends where nobody is told */
            receivers: components["schemas"]["AlertTaken"][];
            /** @description silences that would hold such an alert back; the test passed them by */
            silenced_by?: string[];
        };
        AlertTestRequest: {
            /** @description beside alertname TelltaleTest and severity warning, which they may replace */
            labels?: {
                [key: string]: string;
            };
        };
        Books: {
            /**
             * Format: int64
             * @description durable once
             */
            accepted: number;
            /**
             * Format: int64
             * @description lost by us
             */
            dropped: number;
            /**
             * Format: int64
             * @description known already
             */
            duplicate: number;
            /** @description by signal, outcome and reason */
            entries: components["schemas"]["Entry"][];
            /**
             * Format: int64
             * @description removed by retention
             */
            expired: number;
            /**
             * Format: int64
             * @description 0, or something was lost without being told
             */
            imbalance: number;
            /**
             * Format: int64
             * @description in damaged files that were set aside
             */
            quarantined: number;
            /** Format: int64 */
            received: number;
            /**
             * Format: int64
             * @description refused with a reason that the sender was told
             */
            rejected: number;
            /**
             * Format: int64
             * @description removed by sampling
             */
            sampled: number;
            /**
             * Format: int64
             * @description readable now
             */
            stored: number;
            /** Format: int64 */
            stored_logs: number;
            /** Format: int64 */
            stored_spans: number;
        };
        ColumnTitle: {
            /** @description as it was asked for */
            name: string;
            /** @description ns, usd or 1 */
            unit: string;
        };
        ComparedAttribute: {
            /** @description as queries write it */
            field: string;
            /** @description 0 to 1: the largest difference of shares, less where there are few records */
            score: number;
            /** @description at most 12, most different first */
            values: components["schemas"]["ComparedValue"][];
        };
        ComparedValue: {
            /** @description finds the records with this value; empty where no query can */
            query: string;
            /** Format: int64 */
            rest_count: number;
            /** @description 0 to 1, of rest_sample */
            rest_share: number;
            /** Format: int64 */
            selected_count: number;
            /** @description 0 to 1, of selected_sample */
            selected_share: number;
            /** @description empty: has none; of numbers a range as queries write it; cut to a preview */
            value: string;
        };
        Comparison: {
            /** @description most different first; those that do not differ are left out */
            attributes: components["schemas"]["ComparedAttribute"][];
            /**
             * Format: int64
             * @description how many others match q in the time range, exact
             */
            rest: number;
            /**
             * Format: int64
             * @description how many of the others were looked at
             */
            rest_sample: number;
            /** @description not all were looked at: shares and counts are those of the samples, taken evenly over time */
            sampled: boolean;
            /**
             * Format: int64
             * @description how many records are selected, exact
             */
            selected: number;
            /**
             * Format: int64
             * @description how many of the selected were looked at
             */
            selected_sample: number;
        };
        Completion: {
            /**
             * Format: int64
             * @description character after the last one
             */
            end: number;
            /**
             * Format: int64
             * @description first character that a suggestion replaces
             */
            start: number;
            suggestions: components["schemas"]["Suggestion"][];
        };
        CostPart: {
            /** @description exact decimal */
            cost_usd: string;
            /** @description input, cache_read, cache_write_5m, cache_write_1h, audio_input, output, reasoning or audio_output; input without those cached and audio, output without reasoning and audio */
            kind: string;
            /** Format: int64 */
            tokens: number;
        };
        Dashboard: {
            annotations: components["schemas"]["DashboardAnnotation"][];
            /** @description the cursor of one chart shows in all */
            crosshair: boolean;
            description?: string;
            /** @description beginning of the time range at first, such as now-1h */
            from: string;
            links: components["schemas"]["DashboardLink"][];
            /** @description how often to ask again, such as 30s; absent is never */
            refresh?: string;
            /** @description rows of panels, in order */
            sections: components["schemas"]["DashboardSection"][];
            tags: string[];
            /** @description utc, a name such as Europe/Berlin, or absent for that of the browser */
            timezone?: string;
            title: string;
            /** @description its end */
            to: string;
            /** @description its address */
            uid: string;
            variables: components["schemas"]["DashboardVariable"][];
        };
        DashboardAnnotation: {
            color?: string;
            /** @description shown at first */
            enabled: boolean;
            expr: string;
            /** @description there is no switch for it */
            hidden?: boolean;
            name: string;
            step?: string;
            /** @description with {{label}} */
            text?: string;
            /** @description with {{label}} */
            title?: string;
        };
        DashboardCheck: {
            dashboard?: components["schemas"]["Dashboard"];
            problems: components["schemas"]["DashboardProblem"][];
            /** @description it could be saved */
            valid: boolean;
        };
        DashboardColor: {
            /** @description a name of Grafana such as light-blue, or #rrggbb */
            fixed?: string;
            /** @description palette, fixed, shades, thresholds, or continuous- and a name */
            mode: string;
        };
        DashboardDeleted: {
            /** @description the shipped one of this address is there again */
            restored: boolean;
            uid: string;
        };
        DashboardEntry: {
            /**
             * Format: date-time
             * @description of the file
             */
            changed?: string;
            description?: string;
            /** @description in the folder */
            file?: string;
            /** @description it stands before a shipped one, which is there again once this one is deleted */
            overrides: boolean;
            /** @description of the folder of own dashboards, else shipped */
            own: boolean;
            /** Format: int64 */
            panels: number;
            /** @description what is wrong, and what is not supported */
            problems: components["schemas"]["DashboardProblem"][];
            /** @description its file is wrong now; this is what it was before */
            stale: boolean;
            tags: string[];
            title: string;
            uid: string;
        };
        DashboardField: {
            /** @description of a column: auto, left, center or right */
            align?: string;
            /** @description auto, left, right or hidden */
            axis?: string;
            axis_label?: string;
            /** @description of a column: auto, text, background or gauge */
            cell?: string;
            color?: components["schemas"]["DashboardColor"];
            dash?: boolean;
            /** Format: int64 */
            decimals?: number;
            /** @description line, bars or points */
            draw?: string;
            /** @description opacity below the line in percent */
            fill?: number;
            hide_chart?: boolean;
            hide_legend?: boolean;
            hide_tooltip?: boolean;
            /** @description how thresholds are drawn into a chart: off, line or area */
            limits?: string;
            /** @description px */
            line_width?: number;
            links?: components["schemas"]["DashboardLink"][];
            /** @description base of a logarithmic axis */
            log?: number;
            mappings?: components["schemas"]["DashboardMapping"][];
            max?: number;
            min?: number;
            /** @description shown instead of the name of the series or column */
            name?: string;
            /** @description drawn below zero */
            negative?: boolean;
            /** @description shown where there is none */
            no_value?: string;
            /** @description auto, always or never */
            points?: string;
            soft_max?: number;
            soft_min?: number;
            /** @description gaps are joined by a line */
            span_gaps?: boolean;
            /** @description none, normal or percent */
            stack?: string;
            stack_group?: string;
            /** @description linear, smooth, stepBefore or stepAfter */
            step?: string;
            thresholds?: components["schemas"]["DashboardThresholds"];
            /** @description id of a unit of Grafana, or suffix:TEXT, prefix:TEXT */
            unit?: string;
            /** @description of a column, px */
            width?: number;
        };
        DashboardGrid: {
            /** Format: int64 */
            h: number;
            /** Format: int64 */
            w: number;
            /** Format: int64 */
            x: number;
            /**
             * Format: int64
             * @description within the section
             */
            y: number;
        };
        DashboardLink: {
            as_dropdown?: boolean;
            /** @description the time range goes along */
            keep_time?: boolean;
            keep_variables?: boolean;
            new_tab?: boolean;
            /** @description instead of url: all dashboards that have these tags */
            tags?: string[];
            title: string;
            tooltip?: string;
            /** @description http, https or a path; may hold variables */
            url?: string;
        };
        DashboardList: {
            /** @description by title */
            dashboards: components["schemas"]["DashboardEntry"][];
        };
        DashboardMapping: {
            color?: string;
            /** @description of range */
            from?: number;
            /** @description value, range, regex, null, nan, true, false or empty */
            kind: string;
            /** @description of value and regex */
            match?: string;
            text?: string;
            /** @description of range */
            to?: number;
        };
        DashboardOption: {
            text: string;
            value: string;
        };
        DashboardOptions: {
            /** @description what of a series is its one value: last, lastNotNull, first, firstNotNull, min, max, mean, sum, count, range, delta */
            calc?: string;
            /** @description what the color of a stat is on: value, background or none */
            color?: string;
            /** @description of a text */
            content?: string;
            /** @description of a table */
            header?: boolean;
            /** @description list, table or hidden */
            legend?: string;
            /** @description numbers beside the names, as calc */
            legend_calcs?: string[];
            legend_right?: boolean;
            /** @description a gauge shows its thresholds */
            markers?: boolean;
            /** @description of a text: markdown, code or plain */
            mode?: string;
            /** @description colors of a heatmap, such as Blues */
            scheme?: string;
            /** @description column of a table */
            sort_by?: string;
            sort_desc?: boolean;
            sparkline?: boolean;
            /** @description what a stat shows: auto, value, name, value_and_name or none */
            text?: string;
            /** @description single, multi or none */
            tooltip?: string;
            /** @description none, asc or desc */
            tooltip_sort?: string;
            /** @description bars upright */
            vertical?: boolean;
            /** Format: int64 */
            y_decimals?: number;
            /** @description unit of the buckets of a heatmap */
            y_unit?: string;
        };
        DashboardOverride: {
            /** @description name, regexp, target or type */
            by: string;
            field: components["schemas"]["DashboardField"];
            match: string;
        };
        DashboardPanel: {
            description?: string;
            /** @description how values are written and drawn */
            field: components["schemas"]["DashboardField"];
            grid: components["schemas"]["DashboardGrid"];
            /**
             * Format: int64
             * @description unique within the dashboard
             */
            id: number;
            /** @description timeseries, stat, gauge, bar, table, heatmap, text, or unsupported: a place that stays empty */
            kind: string;
            links: components["schemas"]["DashboardLink"][];
            /**
             * Format: int64
             * @description of a panel that repeats side by side
             */
            max_per_row?: number;
            /**
             * Format: int64
             * @description points of a series at most
             */
            max_points?: number;
            /** @description shortest distance of points, such as 15s */
            min_step?: string;
            options: components["schemas"]["DashboardOptions"];
            overrides: components["schemas"]["DashboardOverride"][];
            /** @description variable for each of whose values the panel stands once */
            repeat?: string;
            /** @description one below the other, else side by side */
            repeat_down?: boolean;
            /** @description of a copy: the variables that are fixed in it, to be sent with its queries */
            repeated?: {
                [key: string]: string;
            };
            targets: components["schemas"]["DashboardTarget"][];
            title: string;
            /** @description what is done to the answers, in order; the server does it */
            transformations: components["schemas"]["DashboardTransform"][];
            transparent?: boolean;
        };
        DashboardProblem: {
            /**
             * Format: int64
             * @description from 1, in bytes
             */
            column: number;
            /** @description what would be right */
            hint?: string;
            /**
             * Format: int64
             * @description from 1
             */
            line: number;
            message: string;
            /** @description where in the JSON, such as panels[2].targets[0].expr */
            path: string;
            /** @description error: it is wrong; unsupported: the dashboard is shown without it */
            severity: string;
        };
        DashboardRecord: {
            /**
             * Format: date-time
             * @description of the file
             */
            changed?: string;
            /** @description what to show; absent where the file was never right */
            dashboard?: components["schemas"]["Dashboard"];
            description?: string;
            /** @description in the folder */
            file?: string;
            /** @description it stands before a shipped one, which is there again once this one is deleted */
            overrides: boolean;
            /** @description of the folder of own dashboards, else shipped */
            own: boolean;
            /** Format: int64 */
            panels: number;
            /** @description what is wrong, and what is not supported */
            problems: components["schemas"]["DashboardProblem"][];
            /** @description the JSON of Grafana as it was written */
            raw?: Record<string, never>;
            /** @description its file is wrong now; this is what it was before */
            stale: boolean;
            tags: string[];
            title: string;
            uid: string;
        };
        DashboardSection: {
            collapsed: boolean;
            /** Format: int64 */
            id: number;
            /** @description from top to bottom, left to right */
            panels: components["schemas"]["DashboardPanel"][];
            /** @description variable for each of whose values the section stands once */
            repeat?: string;
            title?: string;
        };
        DashboardTarget: {
            exemplars?: boolean;
            /** @description PromQL with variables */
            expr: string;
            /** @description time_series, table or heatmap */
            format: string;
            /** @description it is not asked */
            hidden?: boolean;
            /** @description one value at the end of the time range */
            instant: boolean;
            /** @description name of each series, with {{label}} */
            legend?: string;
            min_step?: string;
            /** @description A, B, … */
            ref: string;
        };
        DashboardThresholdStep: {
            color: string;
            value?: number;
        };
        DashboardThresholds: {
            /** @description steps are percent between min and max */
            percent: boolean;
            /** @description rising; the first has no value and holds from below */
            steps: components["schemas"]["DashboardThresholdStep"][];
        };
        DashboardTransform: {
            /** @description of reduce */
            calcs?: string[];
            /** @description of sort */
            desc?: boolean;
            /** @description of organize and filter: columns that go */
            exclude?: string[];
            /** @description of join and sort: the column */
            field?: string;
            /** @description of organize and filter: columns that stay */
            include?: string[];
            /** @description merge, join, organize, sort, limit, reduce, filter or rename */
            kind: string;
            /** Format: int64 */
            limit?: number;
            /** @description of organize: place by column */
            order?: {
                [key: string]: number;
            };
            /** @description of join: rows that only one side has stay */
            outer?: boolean;
            /** @description of rename; of filter what stays */
            regex?: string;
            /** @description of organize: name by column */
            rename?: {
                [key: string]: string;
            };
            /** @description of rename, with $1 */
            replace?: string;
        };
        DashboardVariable: {
            /** @description what All stands for; absent is all values */
            all_value?: string;
            /**
             * Format: int64
             * @description of interval: the time range is divided into so many steps where auto is chosen
             */
            auto_count?: number;
            auto_min?: string;
            /** @description chosen at first; $__all is All */
            default?: string[];
            description?: string;
            /** @description label or all */
            hide?: string;
            include_all?: boolean;
            /** @description query, custom, interval, constant, textbox or datasource */
            kind: string;
            label?: string;
            multi?: boolean;
            name: string;
            /** @description values depend on the time range */
            on_range?: boolean;
            /** @description of custom and interval */
            options?: components["schemas"]["DashboardOption"][];
            /** @description label_values(…), label_names(), metrics(…) or query_result(…) */
            query?: string;
            /** @description which values, and what of them */
            regex?: string;
            /**
             * Format: int64
             * @description 0 as found, 1 and 2 by letter, 3 and 4 by number, 5 and 6 without case; even numbers fall
             */
            sort?: number;
        };
        Dropped: {
            /** Format: int64 */
            dropped: number;
        };
        Entry: {
            /** Format: int64 */
            count: number;
            outcome: string;
            reason?: string;
            /** @description spans or logs */
            signal: string;
        };
        ErrorExample: {
            /** @description as it was written, cut to a preview */
            message: string;
            /** @description of the span, or logger */
            name?: string;
            request_id?: string;
            span_id?: string;
            /** Format: date-time */
            time: string;
            trace_id?: string;
        };
        ErrorGroup: {
            /** @description 24 counts over the time range */
            buckets: number[];
            /** Format: int64 */
            count: number;
            /** @description the latest */
            example: components["schemas"]["ErrorExample"];
            /** @description of kind and message, 16 hex digits; the same tomorrow */
            fingerprint: string;
            /** Format: date-time */
            first: string;
            /**
             * Format: int64
             * @description spans and logs that told one of these errors again, in other layers of the same trace: not in count
             */
            folded: number;
            /** @description class of the error; without one the HTTP status, or the level of a log */
            kind: string;
            /** Format: date-time */
            last: string;
            /** @description numbers, ids, addresses and quoted texts replaced; the span's name where there is none */
            message: string;
            /** @description that of most of them */
            service?: string;
            services: string[];
            /** @description span, or log where no span tells it */
            source: string;
            /**
             * Format: int64
             * @description different traces
             */
            traces: number;
            /**
             * Format: int64
             * @description different users
             */
            users: number;
        };
        ErrorLayer: {
            /** @description cut to a preview */
            message: string;
            /** @description of the span, or logger */
            name?: string;
            service?: string;
            /** @description span, or log */
            signal: string;
            /** @description in the same trace */
            span_id?: string;
            /** Format: date-time */
            time: string;
        };
        ErrorList: {
            /**
             * Format: int64
             * @description width of a bucket
             */
            bucket_ns: number;
            /** @description most frequent first */
            errors: components["schemas"]["ErrorGroup"][];
            /**
             * Format: int64
             * @description of those that were read: spans and logs that told an error again and were not counted
             */
            folded: number;
            /**
             * Format: date-time
             * @description when the first bucket begins
             */
            from: string;
            /** @description there are more groups than limit */
            more: boolean;
            /**
             * Format: date-time
             * @description of what was read
             */
            oldest?: string;
            /**
             * Format: int64
             * @description the newest so many of them were read and put together
             */
            scanned: number;
            /**
             * Format: int64
             * @description failed spans and error logs that match, exact
             */
            total: number;
            /** @description not all were read: counts are of those that were, from oldest on */
            truncated: boolean;
        };
        ErrorOccurrence: {
            /**
             * Format: int64
             * @description how many spans and logs told it again
             */
            folded: number;
            /** @description the first 8 of them */
            layers: components["schemas"]["ErrorLayer"][];
            /** @description as it was written, cut to a preview */
            message: string;
            /** @description of the span, or logger */
            name?: string;
            request_id?: string;
            service?: string;
            /** @description span, or log */
            signal: string;
            span_id?: string;
            /** Format: date-time */
            time: string;
            trace_id?: string;
            user_id?: string;
        };
        ErrorOccurrences: {
            /**
             * Format: int64
             * @description of what was read; the same as in /api/v1/errors with these parameters
             */
            count: number;
            fingerprint: string;
            /** @description as in /api/v1/errors; absent where there was none */
            kind?: string;
            /** @description as in /api/v1/errors */
            message?: string;
            /** @description newest first */
            occurrences: components["schemas"]["ErrorOccurrence"][];
            /**
             * Format: date-time
             * @description of what was read
             */
            oldest?: string;
            /**
             * Format: int64
             * @description failed spans and error logs that were read, the newest
             */
            scanned: number;
            /** @description not all were read: with to=oldest it goes on */
            truncated: boolean;
        };
        Event: {
            attributes?: {
                [key: string]: string;
            };
            name: string;
            /** Format: date-time */
            time: string;
        };
        Failure: {
            error: components["schemas"]["FailureDetail"];
        };
        FailureDetail: {
            /** @description for programs: bad_query, bad_parameter, not_found, method_not_allowed, too_many_queries, recovering, overloaded, stopping, unsupported, timeout, internal */
            code: string;
            /** @description what would be right */
            hint?: string;
            /** @description what is wrong, for people */
            message: string;
            /** @description which parameter it is about */
            parameter?: string;
            /**
             * Format: int64
             * @description where in that parameter, in characters from 0
             */
            position?: number;
        };
        FieldDoc: {
            doc: string;
            /** @description a dot and a key follow the name */
            keyed: boolean;
            /** @description as queries write it */
            name: string;
            /** @description text, full text, integer, duration, USD, true or false */
            type: string;
        };
        FieldList: {
            fields: components["schemas"]["FieldDoc"][];
        };
        GenAI: {
            agent?: string;
            batch?: boolean;
            /** @description true on the one span that stands for its call; usage and cost stand there only */
            call: boolean;
            /** @description what each kind of token cost, adding up to cost_usd; on whole spans only, and absent where the prices have changed since */
            cost_parts?: components["schemas"]["CostPart"][];
            /** @description as client or provider said it */
            cost_reported_usd?: string;
            /** @description computed; exact decimal; absent where a price is unknown */
            cost_usd?: string;
            finish_reasons?: string[];
            /** @description JSON of the GenAI conventions, as text: content that was cut is no JSON any more */
            input_messages?: string;
            /** @description that was asked for */
            model?: string;
            operation?: string;
            /** @description as input_messages */
            output_messages?: string;
            price_version?: string;
            prompt_name?: string;
            prompt_version?: string;
            provider?: string;
            region?: string;
            response_id?: string;
            /** @description that answered */
            response_model?: string;
            service_tier?: string;
            streaming?: boolean;
            system_instructions?: string;
            tool?: string;
            tool_arguments?: string;
            tool_call_id?: string;
            tool_result?: string;
            /**
             * Format: int64
             * @description time to the first token
             */
            ttft_ns?: number;
            usage?: components["schemas"]["Usage"];
            /** @description how the client's input tokens were read: inclusive, exclusive, assumed */
            usage_semantics?: string;
            workflow?: string;
        };
        Intake: {
            /** @description host and port; absent where it is off */
            otlp_grpc?: string;
            /** @description host and port; absent where it is off */
            otlp_http?: string;
            /** @description that the gateway stands before, by name */
            providers: components["schemas"]["Provider"][];
        };
        Link: {
            attributes?: {
                [key: string]: string;
            };
            span_id: string;
            trace_id: string;
        };
        Log: {
            /** @description numbers and booleans as their JSON text, lists and maps as JSON */
            attributes?: {
                [key: string]: string;
            };
            body?: string;
            environment?: string;
            /** @description class of the error */
            error_type?: string;
            http_method?: string;
            /** @description route template where known */
            http_path?: string;
            /** Format: int64 */
            http_status?: number;
            /** @description id of the API key, never the key */
            key_id?: string;
            /** @description trace, debug, info, warn, error or fatal */
            level?: string;
            /** @description span name; logger or event name of a log */
            name?: string;
            request_id?: string;
            /** @description of whole records only */
            resource?: {
                [key: string]: string;
            };
            /** @description instrumentation library */
            scope?: string;
            scope_version?: string;
            service?: string;
            session_id?: string;
            /** @description of a log: the span it was written in */
            span_id?: string;
            /** @description ok or error */
            status: string;
            tenant_id?: string;
            /**
             * Format: date-time
             * @description when a span began, when a log was written
             */
            time: string;
            trace_id?: string;
            user_id?: string;
        };
        LogList: {
            logs: components["schemas"]["Log"][];
            /** @description for the next page; absent on the last */
            next_cursor?: string;
        };
        MetricsStatus: {
            /** Format: int64 */
            blocks: number;
            /**
             * Format: int64
             * @description of blocks on disk
             */
            bytes: number;
            /** @description of the prometheus.yml when last read; the one before is in force */
            config_error?: string;
            config_file?: string;
            /** @description targets that cannot be scraped, some of them */
            down?: components["schemas"]["TargetStatus"][];
            /**
             * Format: int64
             * @description left on the disk, when last looked
             */
            free_bytes?: number;
            /** @description sections of the prometheus.yml that nothing here acts on */
            ignored?: string[];
            /**
             * Format: date-time
             * @description oldest sample in the blocks
             */
            oldest?: string;
            /** @description metrics whose labels have too many values */
            over_limit?: components["schemas"]["OverLimit"][];
            /**
             * Format: int64
             * @description families of TELEMETRY that a service has itself, so that nothing is derived for them
             */
            own_families: number;
            /** @description why no samples are taken */
            read_only?: string;
            /** @description systems that samples go on to */
            remote_write?: components["schemas"]["RemoteStatus"][];
            /**
             * Format: int64
             * @description taken since the start
             */
            samples: number;
            /**
             * Format: int64
             * @description in memory
             */
            series: number;
            /** @description damaged blocks that were set aside, and why */
            set_aside?: string[];
            /** Format: int64 */
            targets_down: number;
            /** Format: int64 */
            targets_up: number;
        };
        Objective: {
            /** @description share of the error budget: 1 all of it, 0 none, below overspent; absent while unknown */
            budget_remaining?: number;
            /** @description shortest window first; 1 spends the budget exactly in the objective's window */
            burn: components["schemas"]["ObjectiveBurn"][];
            description?: string;
            labels?: {
                [key: string]: string;
            };
            name: string;
            objective_percent: number;
            service: string;
            /** Format: int64 */
            window_ns: number;
        };
        ObjectiveBurn: {
            rate: number;
            /** @description as PromQL writes it, 1h */
            window: string;
        };
        ObjectiveList: {
            /** @description what is wrong with the file as it is now; the one before is in force */
            error?: string;
            objectives: components["schemas"]["Objective"][];
        };
        OverLimit: {
            /**
             * Format: int64
             * @description values of the label
             */
            distinct?: number;
            family: string;
            /**
             * Format: int64
             * @description values that were counted as other, since the start
             */
            folded?: number;
            /** @description the one with the most values */
            label?: string;
            /**
             * Format: int64
             * @description series that were not taken, since the start
             */
            refused?: number;
            /** Format: int64 */
            series?: number;
        };
        PanelAnswer: {
            /** @description traces behind the points, the highest of each stretch of time */
            exemplars?: components["schemas"]["PanelExample"][];
            /**
             * Format: date-time
             * @description of the first point
             */
            from: string;
            kind: string;
            /**
             * Format: int64
             * @description further series or rows beyond the limit
             */
            left_out?: number;
            /** Format: int64 */
            panel: number;
            /** @description of all queries, in order; empty for tables */
            series: components["schemas"]["PanelSeries"][];
            /**
             * Format: int64
             * @description distance of points
             */
            step_ms: number;
            /** @description of a table */
            table?: components["schemas"]["PanelTable"];
            /** @description how each query went */
            targets: components["schemas"]["PanelTargetAnswer"][];
            /** @description of all series, ms since 1970; only the last where all queries are of a moment */
            times: number[];
            /**
             * Format: date-time
             * @description of the last point
             */
            to: string;
        };
        PanelColumn: {
            /** @description of the panel, with the overrides that hold for this column */
            field: components["schemas"]["DashboardField"];
            /** @description time, number or text */
            kind: string;
            name: string;
            /** @description of number, and of time in ms since 1970 */
            numbers?: (number | null)[];
            /** @description of text */
            texts?: string[];
        };
        PanelExample: {
            /** @description of the series */
            labels: {
                [key: string]: string;
            };
            span_id?: string;
            target: string;
            /**
             * Format: int64
             * @description ms since 1970
             */
            time: number;
            trace_id: string;
            value: number;
        };
        PanelQuery: {
            /** @description JSON of a dashboard that is not saved: it is asked in place of that of the path */
            draft?: string;
            /** @description traces behind the points as well, where the query wants them */
            exemplars?: boolean;
            /** @description as the parameter from; default is that of the dashboard */
            from?: string;
            /**
             * Format: int64
             * @description points of a series at most; about as many as the panel is wide in px
             */
            max_points?: number;
            /** @description distance of points such as 30s; default is chosen by max_points */
            step?: string;
            to?: string;
            /** @description values by name of the variable; $__all is All; others have what the dashboard says */
            variables?: {
                [key: string]: string[];
            };
        };
        PanelResolved: {
            /**
             * Format: int64
             * @description further panels, copies of what repeats, beyond the limit
             */
            left_out?: number;
            /** @description with a copy of what repeats for each value, and variables filled into titles */
            sections: components["schemas"]["DashboardSection"][];
            /** @description in the order of the dashboard */
            variables: components["schemas"]["PanelValues"][];
        };
        PanelSeries: {
            /** @description those of options.legend_calcs, in order */
            calcs?: (number | null)[];
            /** @description of the panel, with the overrides that hold for this series */
            field: components["schemas"]["DashboardField"];
            labels: {
                [key: string]: string;
            };
            /** @description of a bucket of a heatmap; absent is minus infinity */
            lower?: number;
            /** @description the legend, filled in */
            name: string;
            /** @description ref of the query */
            target: string;
            /** @description of a bucket of a heatmap; absent is infinity */
            upper?: number;
            /** @description the one value by options.calc */
            value?: number;
            /** @description one for each of times; null is a gap, also NaN and infinity */
            values: (number | null)[];
        };
        PanelTable: {
            /** @description all of the same length */
            columns: components["schemas"]["PanelColumn"][];
            /** Format: int64 */
            rows: number;
        };
        PanelTargetAnswer: {
            /** Format: int64 */
            column?: number;
            error?: string;
            /** @description what was asked, variables filled in */
            expr: string;
            /**
             * Format: int64
             * @description of the error in expr, from 1
             */
            line?: number;
            ref: string;
            warnings?: string[];
        };
        PanelValues: {
            /** @description why there are no options */
            error?: string;
            /**
             * Format: int64
             * @description further options beyond the limit
             */
            left_out?: number;
            name: string;
            options: components["schemas"]["DashboardOption"][];
            /** @description $__all is All */
            selected: string[];
        };
        Provider: {
            /** @description openai, anthropic, gemini, …: which API it has */
            kind: string;
            name: string;
        };
        QuarantineNote: {
            file: string;
            reason: string;
            /**
             * Format: int64
             * @description that were in it; absent where unknown
             */
            records?: number;
        };
        QueueStatus: {
            /** Format: int64 */
            capacity: number;
            /** Format: int64 */
            length: number;
            name: string;
            /**
             * Format: int64
             * @description since the start: what did not fit, and was told so
             */
            refused: number;
        };
        RemoteStatus: {
            behind_seconds: number;
            /** @description what it lacks of an outage is sent first */
            catching_up?: boolean;
            /**
             * Format: int64
             * @description samples it refused for good
             */
            failed: number;
            name: string;
            /**
             * Format: int64
             * @description samples that wait
             */
            pending: number;
        };
        ReplayPeriod: {
            /** @description of the moment it fired */
            annotations?: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description absent: it went on at the end
             */
            end?: string;
            /**
             * Format: date-time
             * @description absent: it did not hold for long enough
             */
            firing?: string;
            /** @description value of the expression; absent where it is no number */
            highest?: number;
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description when the condition began to hold
             */
            pending: string;
        };
        ReplayProgress: {
            /** Format: int64 */
            done: number;
            rule: string;
            /** Format: int64 */
            total: number;
        };
        ReplayedAlert: {
            /**
             * Format: int64
             * @description how often
             */
            fired: number;
            /**
             * Format: int64
             * @description all of it together
             */
            firing_ns: number;
            /** Format: int64 */
            for_ns?: number;
            group: string;
            name: string;
            periods: components["schemas"]["ReplayPeriod"][];
        };
        Request: {
            /** @description in order of time */
            logs: components["schemas"]["Log"][];
            request_id: string;
            /** @description in order of time */
            spans: components["schemas"]["Span"][];
            summary: components["schemas"]["Summary"];
            trace_ids: string[];
            /** @description there was more than 100,000 spans or logs */
            truncated: boolean;
        };
        Row: {
            /**
             * Format: date-time
             * @description when the bucket begins
             */
            bucket?: string;
            /** @description values of the group's fields; empty where a record has none */
            keys: string[];
            /** @description of the columns; null where nothing was known */
            values: (number | null)[];
        };
        Rule: {
            /**
             * Format: int64
             * @description alerts of it that are pending or firing
             */
            active?: number;
            annotations?: {
                [key: string]: string;
            };
            /** @description of the last evaluation */
            error?: string;
            /**
             * Format: date-time
             * @description the last time
             */
            evaluated?: string;
            /** @description PromQL */
            expr: string;
            /** Format: int64 */
            for_ns?: number;
            /** @description ok, err or unknown */
            health: string;
            /** Format: int64 */
            keep_firing_for_ns?: number;
            /** @description alert or recording */
            kind: string;
            labels?: {
                [key: string]: string;
            };
            name: string;
            /** @description of an alert: inactive, pending, firing, or unknown before its first evaluation */
            state?: string;
            /**
             * Format: int64
             * @description that time
             */
            took_ns?: number;
        };
        RuleCheck: {
            /** Format: int64 */
            alerts: number;
            /** Format: int64 */
            groups: number;
            /** @description it can be loaded */
            ok: boolean;
            problems: components["schemas"]["RuleProblem"][];
            /** Format: int64 */
            recordings: number;
        };
        RuleGroup: {
            /**
             * Format: date-time
             * @description the last time
             */
            evaluated?: string;
            /** @description where it is from; telltale/… comes with the server, slos/… is made of objectives */
            file: string;
            /** Format: int64 */
            interval_ns: number;
            name: string;
            rules: components["schemas"]["Rule"][];
            /**
             * Format: int64
             * @description that time
             */
            took_ns?: number;
        };
        RuleList: {
            /** @description what is wrong with the files as they are now; the rules before are in force */
            error?: string;
            groups: components["schemas"]["RuleGroup"][];
        };
        RuleProblem: {
            /** Format: int64 */
            column?: number;
            group?: string;
            hint?: string;
            /** Format: int64 */
            line?: number;
            message: string;
            rule?: string;
            /** @description it can be loaded nevertheless */
            warning?: boolean;
        };
        RuleReplay: {
            /** @description each of the file, in its order */
            alerts: components["schemas"]["ReplayedAlert"][];
            /** Format: date-time */
            from: string;
            /**
             * Format: int64
             * @description by recording rules of the file, in memory
             */
            recorded_samples: number;
            /**
             * Format: int64
             * @description between two evaluations
             */
            step_ns: number;
            /** Format: date-time */
            to: string;
            /** @description there were more periods than are told */
            truncated?: boolean;
        };
        Session: {
            /** Format: int64 */
            calls: number;
            /** @description of the calls whose cost is known */
            cost_usd?: string;
            /**
             * Format: int64
             * @description calls that failed
             */
            errors: number;
            /**
             * Format: date-time
             * @description when its first call began
             */
            first: string;
            /** Format: int64 */
            input_tokens?: number;
            /**
             * Format: date-time
             * @description when its last call began
             */
            last: string;
            /** @description that were asked for */
            models: string[];
            /** Format: int64 */
            output_tokens?: number;
            /** @description beginning of what the user said first */
            preview: string;
            services: string[];
            session_id: string;
            user_id?: string;
        };
        SessionList: {
            /** @description for the next page; absent on the last */
            next_cursor?: string;
            /**
             * Format: int64
             * @description calls that were read to find these sessions
             */
            scanned: number;
            sessions: components["schemas"]["Session"][];
            /** @description the search ended early: next_cursor goes on */
            truncated: boolean;
        };
        Span: {
            /** @description numbers and booleans as their JSON text, lists and maps as JSON */
            attributes?: {
                [key: string]: string;
            };
            /** Format: int64 */
            duration_ns: number;
            environment?: string;
            /** @description class of the error */
            error_type?: string;
            /** @description of whole records only */
            events?: components["schemas"]["Event"][];
            /** @description of models, agents, tools and retrievals */
            genai?: components["schemas"]["GenAI"];
            http_method?: string;
            /** @description route template where known */
            http_path?: string;
            /** Format: int64 */
            http_status?: number;
            /** @description id of the API key, never the key */
            key_id?: string;
            /** @description internal, server, client, producer or consumer */
            kind?: string;
            /** @description of whole records only */
            links?: components["schemas"]["Link"][];
            /** @description span name; logger or event name of a log */
            name?: string;
            parent_id?: string;
            request_id?: string;
            /** @description of whole records only */
            resource?: {
                [key: string]: string;
            };
            /** @description instrumentation library */
            scope?: string;
            scope_version?: string;
            service?: string;
            session_id?: string;
            /** @description of a log: the span it was written in */
            span_id?: string;
            /** @description ok or error */
            status: string;
            status_message?: string;
            tenant_id?: string;
            /**
             * Format: date-time
             * @description when a span began, when a log was written
             */
            time: string;
            trace_id?: string;
            user_id?: string;
        };
        SpanList: {
            /** @description for the next page; absent on the last */
            next_cursor?: string;
            spans: components["schemas"]["Span"][];
        };
        StatusReport: {
            books: components["schemas"]["Books"];
            /** @description off, hash, redacted or full: what is kept of prompts, answers, tool arguments and tool results */
            content: string;
            intake: components["schemas"]["Intake"];
            metrics?: components["schemas"]["MetricsStatus"];
            /** Format: date-time */
            now: string;
            /** @description what is wrong, in words */
            problems: string[];
            queues: components["schemas"]["QueueStatus"][];
            ready: boolean;
            /** Format: date-time */
            started: string;
            store: components["schemas"]["StoreStatus"];
            version: string;
        };
        StoreStatus: {
            backend: string;
            /**
             * Format: int64
             * @description of parts on disk
             */
            bytes?: number;
            /**
             * Format: int64
             * @description left on the disk
             */
            free_bytes?: number;
            /** Format: int64 */
            hot_bytes?: number;
            /**
             * Format: int64
             * @description rows that are in memory and in the write-ahead log
             */
            hot_rows?: number;
            /**
             * Format: date-time
             * @description latest record in the parts
             */
            newest?: string;
            /**
             * Format: date-time
             * @description earliest record in the parts
             */
            oldest?: string;
            /**
             * Format: int64
             * @description files of sealed rows
             */
            parts?: number;
            /** @description damaged files that were set aside */
            quarantined?: components["schemas"]["QuarantineNote"][];
            /**
             * Format: int64
             * @description rows that start read from the write-ahead log
             */
            recovered_rows?: number;
            /**
             * Format: int64
             * @description how long the last start took to recover
             */
            recovery_ns?: number;
            /**
             * Format: int64
             * @description in parts and in memory, repeats among them
             */
            rows?: number;
            /** @description recovering, ready, read only, degraded or stopped */
            state?: string;
            /**
             * Format: int64
             * @description write-ahead log on disk
             */
            wal_bytes?: number;
            /** @description long work under way */
            work?: components["schemas"]["WorkStatus"][];
        };
        Suggestion: {
            doc?: string;
            /** @description field, operator, value or keyword */
            kind: string;
            /** @description to insert */
            text: string;
        };
        Summary: {
            /**
             * Format: int64
             * @description model calls
             */
            calls: number;
            /** @description exact; of the calls whose cost is known */
            cost_usd?: string;
            /**
             * Format: int64
             * @description to the end of the last span or log
             */
            duration_ns: number;
            /**
             * Format: int64
             * @description spans and logs whose status is error
             */
            errors: number;
            /** Format: int64 */
            input_tokens?: number;
            /** Format: int64 */
            logs: number;
            /** Format: int64 */
            output_tokens?: number;
            services: string[];
            /** Format: int64 */
            spans: number;
            /**
             * Format: date-time
             * @description of the first record
             */
            start: string;
            /**
             * Format: int64
             * @description calls that used tokens and whose cost is unknown
             */
            unpriced_calls: number;
        };
        TargetStatus: {
            error: string;
            job: string;
            url: string;
        };
        Trace: {
            /** @description in order of time */
            logs: components["schemas"]["Log"][];
            /** @description in order of time */
            spans: components["schemas"]["Span"][];
            summary: components["schemas"]["Summary"];
            trace_id: string;
            /** @description there was more than 100,000 spans or logs */
            truncated: boolean;
        };
        TraceList: {
            /** @description for the next page; absent on the last */
            next_cursor?: string;
            /**
             * Format: int64
             * @description spans that were read for this page
             */
            scanned: number;
            traces: components["schemas"]["TraceSummary"][];
            /** @description the traces of this page have more spans than were read: numbers of traces marked partial are too small, and traces may be missing where the search ended early */
            truncated: boolean;
        };
        TraceSummary: {
            agents: string[];
            /**
             * Format: int64
             * @description model calls
             */
            calls: number;
            /** @description exact; of the calls whose cost is known */
            cost_usd?: string;
            /**
             * Format: int64
             * @description from the first span's start to the last end of a span
             */
            duration_ns: number;
            /**
             * Format: int64
             * @description spans and logs whose status is error
             */
            errors: number;
            /**
             * Format: int64
             * @description of the span that gives the name
             */
            http_status?: number;
            /** Format: int64 */
            input_tokens?: number;
            /** Format: int64 */
            logs: number;
            /** @description that were asked for */
            models: string[];
            /** @description of the root span, or of the earliest where the root is missing */
            name: string;
            /** Format: int64 */
            output_tokens?: number;
            /** @description it has more spans than were read: its numbers are too small */
            partial: boolean;
            request_id?: string;
            /** @description there is no span without a parent: it has not ended yet, or was not sent */
            root_missing: boolean;
            /** @description of the span that gives the name */
            service?: string;
            services: string[];
            session_id?: string;
            /** Format: int64 */
            spans: number;
            /**
             * Format: date-time
             * @description of the first span
             */
            start: string;
            /** @description of the root span; error where the root is missing and a span failed */
            status: string;
            trace_id: string;
            /**
             * Format: int64
             * @description calls that used tokens and whose cost is unknown
             */
            unpriced_calls: number;
            user_id?: string;
        };
        Usage: {
            /** Format: int64 */
            audio_input_tokens?: number;
            /** Format: int64 */
            audio_output_tokens?: number;
            /** Format: int64 */
            cache_read_tokens?: number;
            /** Format: int64 */
            cache_write_1h_tokens?: number;
            /** Format: int64 */
            cache_write_5m_tokens?: number;
            /** Format: int64 */
            input_tokens?: number;
            /** Format: int64 */
            output_tokens?: number;
            /** Format: int64 */
            reasoning_tokens?: number;
        };
        ValueList: {
            field: string;
            /** @description sorted */
            values: string[];
        };
        WorkStatus: {
            /** Format: int64 */
            done?: number;
            /** @description seal, compaction, retention, recovery */
            name: string;
            /** Format: date-time */
            since: string;
            /** Format: int64 */
            total?: number;
            /** @description rows, bytes, parts */
            unit?: string;
        };
    };
    responses: {
        /** @description What went wrong, and what would be right */
        Failure: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    aggregate: {
        parameters: {
            query?: {
                /** @description what to look at; calls are the spans that stand for a model call; default calls */
                signal?: "calls" | "spans" | "logs";
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /**
                 * @description count and functions of a number: sum, avg, min, max, p50, p95, p99; default count
                 * @example count,sum(cost),p95(duration)
                 */
                columns?: string;
                /**
                 * @description up to four fields to group by
                 * @example model,user
                 */
                group?: string;
                /**
                 * @description width of time buckets; wants from
                 * @example 5m
                 */
                bucket?: string;
                /** @description a column, by which groups come largest first, or keys; default the first column */
                order?: string;
                /** @description how many groups at most, over all buckets; 1000; default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Aggregate"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listAlerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listAlertReceivers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertReceivers"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    testAlert: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertTestRequest"];
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertTest"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listCalls: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 1000, with full 100; default 100 */
                limit?: number;
                /** @description next_cursor of the page before; belongs to the same query */
                cursor?: string;
                /** @description order by time; default newest */
                order?: "newest" | "oldest";
                /** @description whole texts, events, links and resource; without it texts are cut to 256 bytes; default false */
                full?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpanList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    compare: {
        parameters: {
            query?: {
                /** @description what to look at; calls are the spans that stand for a model call; default calls */
                signal?: "calls" | "spans" | "logs";
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /**
                 * @description beginning of the selected time; that of the range by default
                 * @example -20m
                 */
                selection_from?: string;
                /**
                 * @description end of the selected time; that of the range by default
                 * @example -10m
                 */
                selection_to?: string;
                /**
                 * @description what else the selected records have in common, in the query language
                 * @example status:error
                 */
                selection_q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    complete: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /** @description place of the cursor in q, in characters; at its end by default */
                cursor?: number;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listDashboards: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardList"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    checkDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardCheck"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardRecord"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    saveDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardRecord"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardDeleted"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getPanel: {
        parameters: {
            query?: {
                /**
                 * @description beginning of the time range: now-1h, -1h, RFC 3339 or Unix time; default is that of the dashboard
                 * @example now-1h
                 */
                from?: string;
                /**
                 * @description end of the time range; written as from
                 * @example now
                 */
                to?: string;
                /**
                 * @description distance of points; default is chosen by max_points
                 * @example 30s
                 */
                step?: string;
                /** @description points of a series at most; default that of the panel, else 600 */
                max_points?: number;
                /**
                 * @description values by name of the variable, as a JSON object of lists
                 * @example {"model":["gpt-4o"]}
                 */
                variables?: string;
                /** @description traces behind the points as well; default false */
                exemplars?: boolean;
            };
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
                /** @description id of the panel */
                panel: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelAnswer"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    queryPanel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
                /** @description id of the panel */
                panel: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PanelQuery"];
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelAnswer"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getVariables: {
        parameters: {
            query?: {
                /**
                 * @description beginning of the time range: now-1h, -1h, RFC 3339 or Unix time; default is that of the dashboard
                 * @example now-1h
                 */
                from?: string;
                /**
                 * @description end of the time range; written as from
                 * @example now
                 */
                to?: string;
                /**
                 * @description values by name of the variable, as a JSON object of lists
                 * @example {"model":["gpt-4o"]}
                 */
                variables?: string;
            };
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelResolved"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    resolveVariables: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description address of the dashboard */
                uid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PanelQuery"];
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PanelResolved"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listErrors: {
        parameters: {
            query?: {
                /** @description where to look; default all */
                signal?: "all" | "spans" | "logs";
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 200; default 50 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listErrorOccurrences: {
        parameters: {
            query?: {
                /** @description where to look; default all */
                signal?: "all" | "spans" | "logs";
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 200; default 50 */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description fingerprint of a group of errors: 16 hex digits
                 * @example 9f86d081884c7d65
                 */
                fingerprint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorOccurrences"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listFields: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FieldList"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    listLogs: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 1000, with full 100; default 100 */
                limit?: number;
                /** @description next_cursor of the page before; belongs to the same query */
                cursor?: string;
                /** @description order by time; default newest */
                order?: "newest" | "oldest";
                /** @description whole texts, events, links and resource; without it texts are cut to 256 bytes; default false */
                full?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    importLogs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description How many lines were taken, and which were not, and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Nothing was taken; 429 and 503 come with Retry-After */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getOpenAPI: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    getRequest: {
        parameters: {
            query?: {
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
            };
            header?: never;
            path: {
                /** @description request id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Request"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    listRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    checkRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleCheck"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    replayRules: {
        parameters: {
            query: {
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1d
                 */
                from: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /**
                 * @description time between two evaluations, such as 30s; by default the interval of rules, longer where the time is long
                 * @example 1m
                 */
                step?: string;
                /** @description name of the file, which messages begin with; default rules */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 200; default 50 */
                limit?: number;
                /** @description next_cursor of the page before; belongs to the same query */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listObjectives: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectiveList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listSpans: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 1000, with full 100; default 100 */
                limit?: number;
                /** @description next_cursor of the page before; belongs to the same query */
                cursor?: string;
                /** @description order by time; default newest */
                order?: "newest" | "oldest";
                /** @description whole texts, events, links and resource; without it texts are cut to 256 bytes; default false */
                full?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpanList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getSpan: {
        parameters: {
            query?: {
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
            };
            header?: never;
            path: {
                /** @description trace id, 32 hex digits */
                trace: string;
                /** @description span id, 16 hex digits */
                span: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Span"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusReport"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    tail: {
        parameters: {
            query?: {
                /** @description what to watch; default all */
                signal?: "all" | "calls" | "spans" | "logs";
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listTraces: {
        parameters: {
            query?: {
                /**
                 * @description what to find, in the query language; nothing finds everything
                 * @example model:gpt-4o status:error
                 */
                q?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 200; default 50 */
                limit?: number;
                /** @description next_cursor of the page before; belongs to the same query */
                cursor?: string;
                /** @description newest: by the latest matching span; slowest: by the longest matching span; costliest: by what the matching calls cost; default newest */
                order?: "newest" | "slowest" | "costliest";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TraceList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getTrace: {
        parameters: {
            query?: {
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
            };
            header?: never;
            path: {
                /** @description trace id, 32 hex digits */
                trace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description The ETag in If-None-Match is still right */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    listValues: {
        parameters: {
            query: {
                /**
                 * @description a field; attr and resource alone give keys
                 * @example model
                 */
                field: string;
                /** @description what values begin with */
                prefix?: string;
                /**
                 * @description beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time
                 * @example -1h
                 */
                from?: string;
                /**
                 * @description end of the time range, not part of it; written as from
                 * @example now
                 */
                to?: string;
                /** @description how many at most; 1000, with full 100; default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValueList"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
}
